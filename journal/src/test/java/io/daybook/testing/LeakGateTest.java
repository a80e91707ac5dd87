package io.daybook.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The gate that all other tests pass through must see a leak. */
class LeakGateTest {

    private static final String HINT = "lost on purpose by LeakGateTest";

    @Test
    void aLostBufferIsReportedWithItsLastTouch() {
        lose();
        List<String> found = LeakGate.collect(20, report -> report.contains(HINT));
        assertThat(found).singleElement().asString().contains("ByteBuf");
    }

    private static void lose() {
        ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer(64);
        buffer.touch(HINT);
    }
}
