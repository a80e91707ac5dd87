package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class SegmentFooterTest {
    private static final long NONCE = 0x1234_5678_9ABC_DEF0L;
    private static final long OFFSET = 8192;
    private static final List<SegmentFooter.Row> ROWS = List.of(
            new SegmentFooter.Row(5, 1L << 32, 0, 255, 256, 40_000, false, false),
            new SegmentFooter.Row(Long.MAX_VALUE, 7, -1, -1, 0, 0, true, true));

    @Test
    void tellsWhatWasWritten() {
        SegmentFooter footer = new SegmentFooter(ROWS, 77);
        assertThat(SegmentFooter.decode(footer.encode(NONCE, OFFSET), NONCE, OFFSET))
                .isEqualTo(footer);
    }

    /** What it says decides which segments are dropped unread. */
    @Test
    void aFooterWithAFlippedBitIsNone() {
        ByteBuffer footer = new SegmentFooter(ROWS, 0).encode(NONCE, OFFSET);
        for (int bit = 0; bit < footer.limit() * Byte.SIZE; bit++) {
            int at = bit / Byte.SIZE;
            byte right = footer.get(at);
            footer.put(at, (byte) (right ^ 1 << bit % Byte.SIZE));
            assertThat(SegmentFooter.decode(footer.duplicate(), NONCE, OFFSET))
                    .as("bit %d", bit)
                    .isNull();
            footer.put(at, right);
        }
    }

    @Test
    void aFooterOfAnotherPlaceIsNone() {
        ByteBuffer footer = new SegmentFooter(ROWS, 0).encode(NONCE, OFFSET);
        assertThat(SegmentFooter.decode(footer.duplicate(), NONCE + 1, OFFSET)).isNull();
        assertThat(SegmentFooter.decode(footer.duplicate(), NONCE, OFFSET + 4096))
                .isNull();
        assertThat(SegmentFooter.decode(footer.duplicate().limit(footer.limit() - 1), NONCE, OFFSET))
                .isNull();
    }
}
