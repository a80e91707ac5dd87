package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.LedgerEngine;
import io.daybook.testing.OwnThread;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FlushTest {
    @TempDir
    Path directory;

    /** Who was told of an entry may ask at once, while others of its group are still told. */
    @Test
    void whatWasJustAcknowledgedIsInTheIndex() throws Exception {
        ClosingRig rig = new ClosingRig(directory, "flush").deadline(Duration.ofSeconds(20));
        LedgerEngine engine = rig.open();
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try {
            rig.gate.arm(event -> event.startsWith("daybook-flush-flush") && event.endsWith("WRITE"));
            engine.append(
                    1,
                    0,
                    Unpooled.copyInt(1),
                    (ledgerId, entryId, failure, context) -> {
                        told.countDown();
                        await(goOn);
                    },
                    null);
            assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
            CompletableFuture<Void> flush = CompletableFuture.runAsync(engine::flush, OwnThread.EACH);
            rig.gate.awaitEntered();
            assertThatThrownBy(() -> flush.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            rig.gate.open();
            flush.get(20, TimeUnit.SECONDS);
        } finally {
            goOn.countDown();
            rig.gate.open();
            engine.close();
        }
        try (LedgerEngine again = rig.open()) {
            assertThat(again.entryCount(1)).isEqualTo(1);
            assertThat(rig.replayedRecords()).as("entries behind the index").isZero();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
