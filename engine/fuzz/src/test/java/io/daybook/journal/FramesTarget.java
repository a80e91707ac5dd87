package io.daybook.journal;

import io.daybook.fuzz.Target;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Frames and their records: {@link FrameScan}, the search for proofs, and the cursor. */
public final class FramesTarget implements Target {
    private final SegmentEntry entry = SegmentEntry.open(FrameBytes.SEGMENT, FrameBytes.NONCE);

    @Override
    public void run(byte[] input) throws IOException {
        byte[] bytes = FrameBytes.file(input, entry);
        try (StorageFile file =
                FrameBytes.storage(entry, bytes).open(SegmentFormat.name(entry.id()), Storage.Access.READ)) {
            FrameScan scan = new FrameScan(file, entry, FrameBytes.BLOCK, FrameBytes.BLOCK, bytes.length, 0);
            long next = 0;
            while (scan.next()) {
                next = frame(scan, bytes, next);
            }
            Target.check(scan.end() >= FrameBytes.BLOCK && scan.end() <= bytes.length + FrameBytes.BLOCK, scan.end());
            Target.check(
                    scan.fault() == null || scan.faultOffset() >= scan.end() && scan.faultOffset() < bytes.length,
                    scan.fault() + " at " + scan.faultOffset());
            long proof = FrameScan.findProof(file, entry, FrameBytes.BLOCK, FrameBytes.BLOCK, 1);
            Target.check(proof == -1 || proof % FrameBytes.BLOCK == 0 && proof < bytes.length, proof);
        }
    }

    private static long frame(FrameScan scan, byte[] bytes, long expectedLsn) {
        Target.check(scan.offset() + scan.bytes() <= bytes.length, "reaches behind the end");
        Target.check(scan.records() >= 1 && scan.firstLsn() >= 1 && scan.lastLsn() >= scan.firstLsn(), scan.firstLsn());
        Target.check(expectedLsn == 0 || scan.firstLsn() == expectedLsn, scan.firstLsn());
        Target.check(scan.watermark() >= 0 && scan.watermark() < scan.firstLsn(), scan.watermark());
        ByteBuffer again = ByteBuffer.allocate(scan.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        Frame.Cursor cursor = new Frame.Cursor();
        scan.rewind(cursor);
        RecordChecksum checksum = new RecordChecksum();
        int at = FrameFormat.HEADER_BYTES;
        boolean continued = false;
        while (cursor.next()) {
            Target.check(cursor.type() != null, "type");
            Target.check(cursor.ledgerId() >= 0, cursor.ledgerId());
            Target.check(cursor.entryId() >= -1 && cursor.entryId() < Long.MAX_VALUE, cursor.entryId());
            Target.check(cursor.offset() == scan.offset() + at, cursor.offset());
            Target.check(cursor.lsn() >= scan.firstLsn() && cursor.lsn() <= scan.lastLsn(), cursor.lsn());
            continued = cursor.continued();
            byte[] payload = cursor.payload();
            int word = RecordFormat.word(cursor.type(), payload.length, continued);
            again.putInt(at + RecordFormat.WORD_OFFSET, word);
            again.putLong(at + RecordFormat.LEDGER_OFFSET, cursor.ledgerId());
            again.putLong(at + RecordFormat.ENTRY_OFFSET, cursor.entryId());
            again.put(at + RecordFormat.HEADER_BYTES, payload);
            int crc = checksum.record(
                    FrameBytes.NONCE,
                    cursor.offset(),
                    word,
                    cursor.ledgerId(),
                    cursor.entryId(),
                    ByteBuffer.wrap(payload));
            again.putInt(at + RecordFormat.CRC_OFFSET, crc);
            at += RecordFormat.bytes(payload.length);
        }
        Target.check(!continued, "a batch goes on behind its frame");
        FrameFormat.writeHeader(
                again,
                again.duplicate(),
                0,
                checksum,
                FrameBytes.NONCE,
                FrameBytes.SEGMENT,
                scan.offset(),
                scan.bytes(),
                scan.records(),
                scan.firstLsn(),
                scan.watermark());
        compare(again, bytes, (int) scan.offset());
        return scan.lastLsn() + 1;
    }

    /** All bytes but those that no reader looks at: what is reserved, and the checksum that covers it. */
    private static void compare(ByteBuffer again, byte[] bytes, int offset) {
        for (int i = 0; i < again.capacity(); i++) {
            boolean reserved = i >= FrameFormat.RESERVED_OFFSET && i < FrameFormat.HEADER_BYTES
                    || i >= FrameFormat.CRC_OFFSET && i < FrameFormat.BYTES_OFFSET;
            Target.check(reserved || again.get(i) == bytes[offset + i], "encoded anew it differs at " + i);
        }
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        return FrameBytes.seeds();
    }
}
