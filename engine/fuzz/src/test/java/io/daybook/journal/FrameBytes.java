package io.daybook.journal;

import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A segment of small blocks whose frames are the fuzzer's, with checksums and places put right where the mode says so. */
final class FrameBytes {
    /** Small, so that a short input has many frames. */
    static final int BLOCK = 64;

    static final StoreId STORE = new StoreId(1, 2);
    static final long SEGMENT = 3;
    static final long NONCE = 0x1122334455667788L;
    static final int HEADERS = 1;
    static final int RECORDS = 2;
    static final int PLACES = 4;

    private FrameBytes() {}

    /** The whole file: the header block and what stands behind the mode byte. */
    static byte[] file(byte[] input, SegmentEntry entry) {
        byte[] file = new byte[BLOCK + Math.max(0, input.length - 1)];
        System.arraycopy(
                SegmentFormat.header(entry, STORE, file.length, BLOCK, false).array(), 0, file, 0, BLOCK);
        if (input.length > 0) {
            System.arraycopy(input, 1, file, BLOCK, input.length - 1);
            repair(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN), input[0]);
        }
        return file;
    }

    private static void repair(ByteBuffer file, int mode) {
        RecordChecksum checksum = new RecordChecksum();
        for (int at = BLOCK; at + FrameFormat.HEADER_BYTES <= file.limit(); at += BLOCK) {
            if (file.getInt(at) != FrameFormat.MAGIC) {
                continue;
            }
            if ((mode & PLACES) != 0) {
                file.putLong(at + FrameFormat.SEGMENT_OFFSET, SEGMENT).putLong(at + FrameFormat.PLACE_OFFSET, at);
            }
            if ((mode & HEADERS) != 0) {
                ByteBuffer covered = file.duplicate().limit(at + FrameFormat.HEADER_BYTES);
                covered.position(at + FrameFormat.BYTES_OFFSET);
                file.putInt(at + FrameFormat.CRC_OFFSET, checksum.bytes(NONCE, at, covered));
            }
            if ((mode & RECORDS) != 0) {
                repairRecords(file, at, NONCE, checksum);
            }
        }
    }

    /** Puts the checksums of a frame's records right, as far as their lengths lead. */
    static void repairRecords(ByteBuffer file, int frameAt, long nonce, RecordChecksum checksum) {
        int at = frameAt + FrameFormat.HEADER_BYTES;
        long limit = Math.min(file.limit(), frameAt + Math.max(0L, file.getInt(frameAt + FrameFormat.BYTES_OFFSET)));
        while (at + RecordFormat.HEADER_BYTES <= limit) {
            int word = file.getInt(at + RecordFormat.WORD_OFFSET);
            int end = at + RecordFormat.HEADER_BYTES + RecordFormat.payloadBytes(word);
            if (end > limit) {
                return;
            }
            ByteBuffer payload = file.duplicate().limit(end).position(at + RecordFormat.HEADER_BYTES);
            int crc = checksum.record(
                    nonce,
                    at,
                    word,
                    file.getLong(at + RecordFormat.LEDGER_OFFSET),
                    file.getLong(at + RecordFormat.ENTRY_OFFSET),
                    payload);
            file.putInt(at + RecordFormat.CRC_OFFSET, crc);
            at = end;
        }
    }

    static Storage storage(SegmentEntry entry, byte[] file) throws IOException {
        SimStorage disk = SimStorage.create(1);
        disk.put(SegmentFormat.name(entry.id()), file);
        return disk;
    }

    /** The frames of the golden segment, moved to blocks of this size. */
    static List<byte[]> seeds() throws IOException {
        byte[] golden;
        try (InputStream in = FrameBytes.class.getResourceAsStream("/golden/segment-v1.journal")) {
            golden = in.readAllBytes();
        }
        ByteBuffer file = ByteBuffer.wrap(golden).order(ByteOrder.LITTLE_ENDIAN);
        List<byte[]> frames = new ArrayList<>();
        int all = 1;
        for (int at = 4096; at + FrameFormat.HEADER_BYTES <= file.limit(); at += 4096) {
            if (file.getInt(at) == FrameFormat.MAGIC) {
                int bytes = file.getInt(at + FrameFormat.BYTES_OFFSET);
                byte[] frame = new byte[1 + (int) FrameFormat.padded(bytes, BLOCK)];
                frame[0] = HEADERS | RECORDS | PLACES;
                System.arraycopy(golden, at, frame, 1, bytes);
                frames.add(frame);
                all += frame.length - 1;
            }
        }
        byte[] whole = new byte[all];
        whole[0] = HEADERS | RECORDS | PLACES;
        int at = 1;
        for (byte[] frame : frames) {
            System.arraycopy(frame, 1, whole, at, frame.length - 1);
            at += frame.length - 1;
        }
        frames.add(whole);
        return frames;
    }
}
