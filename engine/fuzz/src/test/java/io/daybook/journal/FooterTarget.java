package io.daybook.journal;

import io.daybook.fuzz.Target;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The footer of a sealed segment. */
public final class FooterTarget implements Target {
    private static final long OFFSET = 4096;

    @Override
    public void run(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if ((input[0] & 1) != 0 && bytes.length >= SegmentFooter.HEADER_BYTES) {
            in.putInt(
                    4,
                    new RecordChecksum()
                            .bytes(FrameBytes.NONCE, OFFSET, in.duplicate().position(8)));
        }
        SegmentFooter footer = SegmentFooter.decode(in, FrameBytes.NONCE, OFFSET);
        if (footer == null) {
            return;
        }
        Target.check(footer.contentsBytes() >= 0, footer);
        for (SegmentFooter.Row row : footer.rows()) {
            boolean none = row.firstEntryId() == -1 && row.lastEntryId() == -1;
            boolean some = row.firstEntryId() >= 0 && row.lastEntryId() >= row.firstEntryId();
            Target.check(
                    row.ledgerId() >= 0
                            && row.generation() >= 1
                            && row.entries() >= 0
                            && row.bytes() >= 0
                            && (none && row.entries() == 0 || some && row.lastEntryId() < Long.MAX_VALUE),
                    row);
        }
        Target.check(
                footer.equals(SegmentFooter.decode(footer.encode(FrameBytes.NONCE, OFFSET), FrameBytes.NONCE, OFFSET)),
                "encoded anew it differs");
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        SegmentFooter.Row entries = new SegmentFooter.Row(7, 1, 0, 9, 10, 1000, true, true);
        SegmentFooter.Row state = new SegmentFooter.Row(Long.MAX_VALUE, 1L << 32, -1, -1, 0, 0, true, false);
        for (List<SegmentFooter.Row> rows :
                List.of(List.<SegmentFooter.Row>of(), List.of(entries), List.of(entries, state))) {
            byte[] footer =
                    new SegmentFooter(rows, 0).encode(FrameBytes.NONCE, OFFSET).array();
            byte[] seed = new byte[1 + footer.length];
            seed[0] = 1;
            System.arraycopy(footer, 0, seed, 1, footer.length);
            seeds.add(seed);
        }
        return seeds;
    }
}
