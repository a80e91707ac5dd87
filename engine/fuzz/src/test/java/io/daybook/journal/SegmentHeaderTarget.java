package io.daybook.journal;

import io.daybook.fuzz.Target;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** The header of a segment, listed or not, and the ids in the names of files. */
public final class SegmentHeaderTarget implements Target {
    private static final SegmentEntry LISTED = SegmentEntry.open(FrameBytes.SEGMENT, FrameBytes.NONCE);

    @Override
    public void run(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
        ByteBuffer block = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if ((input[0] & 1) != 0 && bytes.length >= SegmentFormat.HEADER_BYTES) {
            block.putInt(SegmentFormat.CRC_OFFSET, Checksums.of(block, 0, SegmentFormat.CRC_OFFSET));
        }
        SimStorage disk = SimStorage.create(1);
        disk.put(SegmentFormat.name(LISTED.id()), bytes);
        SegmentDirectory directory = new SegmentDirectory(disk, FrameBytes.STORE);
        opened(directory, bytes);
        SegmentEntry probed = directory.probe(LISTED.id());
        if (probed != null) {
            Target.check(probed.kind().code() == SegmentFormat.kind(block), "kind " + SegmentFormat.kind(block));
            try (StorageFile file = directory.open(probed)) {
                Target.check(file.size() == bytes.length, file.size());
            }
        }
        String name = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
        SegmentFormat.idOf(name)
                .ifPresent(id -> Target.check(SegmentFormat.name(id).equals(name), name));
    }

    private static void opened(SegmentDirectory directory, byte[] bytes) throws IOException {
        try (StorageFile file = directory.open(LISTED)) {
            int block = directory.blockBytes(file);
            Target.check(Integer.bitCount(block) == 1 && block >= 64 && block <= 1 << 20, block);
            byte[] again = SegmentFormat.header(
                            LISTED,
                            FrameBytes.STORE,
                            ByteBuffer.wrap(bytes)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .getLong(SegmentFormat.CAPACITY_OFFSET),
                            block,
                            directory.isRecycled(file))
                    .array();
            // Flags that are not known, and the checksum over them.
            System.arraycopy(bytes, 14, again, 14, 2);
            System.arraycopy(bytes, SegmentFormat.CRC_OFFSET, again, SegmentFormat.CRC_OFFSET, 4);
            Target.check(
                    Arrays.equals(again, 0, SegmentFormat.HEADER_BYTES, bytes, 0, SegmentFormat.HEADER_BYTES),
                    "encoded anew it differs");
        } catch (JournalException e) {
            Target.check(e.offset() == (e.kind() == JournalException.Kind.UNSUPPORTED ? -1 : 0), e);
        }
    }

    @Override
    public long heapBytesMax(int inputBytes) {
        // Encoding it anew makes a whole block.
        return 8L << 20;
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                seed(LISTED, 4096, false),
                seed(LISTED, 64, true),
                seed(SegmentEntry.copy(FrameBytes.SEGMENT, FrameBytes.NONCE), 512, false),
                seed(SegmentEntry.ledgers(FrameBytes.SEGMENT, FrameBytes.NONCE), 1 << 20, false));
    }

    private static byte[] seed(SegmentEntry entry, int blockBytes, boolean recycled) {
        byte[] seed = new byte[1 + SegmentFormat.HEADER_BYTES];
        seed[0] = 1;
        System.arraycopy(
                SegmentFormat.header(entry, FrameBytes.STORE, 1 << 20, blockBytes, recycled)
                        .array(),
                0,
                seed,
                1,
                SegmentFormat.HEADER_BYTES);
        return seed;
    }
}
