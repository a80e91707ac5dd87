package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DemoPartsTest {

    @Test
    void eachDurationFallsIntoABucketThatIsAtMostATwentiethWide() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            long nanos = random.nextLong() >>> 1 + random.nextInt(62);
            long upper = LatencyHistogram.upperBound(LatencyHistogram.bucket(nanos));
            assertThat(upper).isGreaterThanOrEqualTo(nanos);
            assertThat(upper - nanos).isLessThanOrEqualTo(Math.max(0, nanos / 20));
        }
    }

    @Test
    void percentilesOfAKnownSet() {
        LatencyHistogram histogram = new LatencyHistogram();
        assertThat(histogram.percentile(50)).isZero();
        for (int i = 1; i <= 1000; i++) {
            histogram.record(i * 1000L);
        }
        assertThat(histogram.percentile(50)).isBetween(500_000L, 520_000L);
        assertThat(histogram.percentile(99)).isBetween(990_000L, 1_030_000L);
        assertThat(histogram.percentile(100)).isBetween(1_000_000L, 1_040_000L);
    }

    @Test
    void aLineOfAcknowledgementsComesBack() {
        DemoAcks acks = new DemoAcks(1, 2, 3, 4, -1, new long[] {5, 0, 7});
        DemoAcks read = DemoAcks.parse(acks.line(), 3).orElseThrow();
        assertThat(read.counts()).containsExactly(5, 0, 7);
        assertThat(read.total()).isEqualTo(12);
        assertThat(read.syncs()).isEqualTo(-1);
        assertThat(read.p999Nanos()).isEqualTo(4);
    }

    @Test
    void aLineThatWasCutIsNone() {
        String line = new DemoAcks(1, 2, 3, 4, 5, new long[] {10, 20, 30}).line();
        assertThat(DemoAcks.parse(line.substring(0, line.lastIndexOf(' ')), 3)).isEmpty();
        assertThat(DemoAcks.parse("WARNING: something else", 3)).isEmpty();
        assertThat(DemoAcks.parse("", 3)).isEmpty();
    }

    @Test
    void contentDiffersInEveryLedgerAndEntryAndAnyOtherByteIsSeen() {
        DemoContent content = new DemoContent(42, 67);
        content.fill(3, 9);
        byte[] bytes = content.bytes().clone();
        DemoContent other = new DemoContent(42, 67);
        assertThat(other.matches(3, 9, Unpooled.wrappedBuffer(bytes))).isTrue();
        assertThat(other.matches(9, 3, Unpooled.wrappedBuffer(bytes))).isFalse();
        assertThat(other.matches(3, 10, Unpooled.wrappedBuffer(bytes))).isFalse();
        assertThat(other.matches(3, 9, Unpooled.wrappedBuffer(bytes, 0, 66))).isFalse();
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= 1;
            assertThat(other.matches(3, 9, Unpooled.wrappedBuffer(bytes))).isFalse();
            bytes[i] ^= 1;
        }
    }
}
