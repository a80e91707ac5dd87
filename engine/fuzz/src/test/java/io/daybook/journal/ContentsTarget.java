package io.daybook.journal;

import io.daybook.fuzz.Target;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The contents of a sealed segment, with a checksum that holds: what they say is possible, or left for the frames to say. */
public final class ContentsTarget implements Target {
    private static final int BLOCK = 4096;
    private static final long END = 64L * BLOCK;
    private static final SegmentEntry SEALED =
            SegmentEntry.open(1, FrameBytes.NONCE).sealed(1L << 32, 1L << 33, END, 0);

    @Override
    public void run(byte[] input) throws IOException {
        if (input.length < SegmentContents.HEADER_BYTES) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(input.clone()).order(ByteOrder.LITTLE_ENDIAN);
        in.putInt(0, SegmentContents.MAGIC);
        in.putInt(
                SegmentContents.CRC_OFFSET,
                new RecordChecksum()
                        .bytes(FrameBytes.NONCE, END, in.duplicate().position(SegmentContents.COVERED_OFFSET)));
        Target.check(SegmentContents.check(in, FrameBytes.NONCE, END) != null, "a checksum that holds");
        ContentsReader reader = new ContentsReader();
        try (StorageFile none = SimStorage.create(1).create("none")) {
            reader.start(in, SEALED, BLOCK, (from, lsn) -> new FrameScan(none, SEALED, BLOCK, END, END, 0));
            Frame.Cursor cursor = new Frame.Cursor();
            long offset = BLOCK;
            long lsn = SEALED.firstLsn();
            while (reader.next()) {
                Target.check(reader.isByContents() && reader.offset() == offset, reader.offset());
                reader.rewind(cursor);
                long end = offset + FrameFormat.HEADER_BYTES;
                boolean continued = false;
                while (cursor.next()) {
                    Target.check(cursor.lsn() == lsn++ && cursor.offset() == end, cursor.offset());
                    Target.check(
                            RecordFormat.idFault(cursor.type(), cursor.ledgerId(), cursor.entryId()) == null,
                            cursor.entryId());
                    if (cursor.type() == RecordType.METADATA) {
                        Target.check(cursor.payload().length == cursor.payloadBytes(), cursor.payloadBytes());
                    }
                    end += RecordFormat.bytes(cursor.payloadBytes());
                    continued = cursor.continued();
                }
                Target.check(!continued && end <= END, end);
                offset += FrameFormat.padded(end - offset, BLOCK);
            }
        }
    }

    @Override
    public List<byte[]> seeds() {
        // Frames of one record each: a new ledger, the next entry of it, metadata; and two that belong together.
        byte[] body = {1, 3 | 8, 7, 50, 1, 0, 1, 16 | 8, 2, 3, 'a', 'b', 'c', 2, 16 | 3 | 4, (byte) 0x81, 9, 10, 1};
        byte[] seed = Arrays.copyOf(new byte[SegmentContents.HEADER_BYTES], SegmentContents.HEADER_BYTES + body.length);
        System.arraycopy(body, 0, seed, SegmentContents.HEADER_BYTES, body.length);
        List<byte[]> seeds = new ArrayList<>();
        for (byte frames = 1; frames <= 4; frames++) {
            byte[] each = seed.clone();
            each[SegmentContents.FRAMES_OFFSET] = frames;
            seeds.add(each);
        }
        return seeds;
    }
}
