package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.EngineHealth;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callbacks leave their thread interrupted, which commits next, or is waiting for more of a group just then. */
@Timeout(60)
class InterruptedCallbackTest {
    private static final ByteBuf ENTRY = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[100]));
    private static final int ENTRIES = 500;
    private static final int IN_FLIGHT = 2;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void noCommitFailsOfIt(int groupWaitMillis) throws InterruptedException {
        EngineConfig config = EngineConfig.builder(directory.resolve("store"))
                .name("interrupted")
                .groupWaitMax(Duration.ofMillis(groupWaitMillis))
                .build();
        AtomicReference<Throwable> odd = new AtomicReference<>();
        AtomicLong next = new AtomicLong(IN_FLIGHT);
        AtomicReference<Thread> before = new AtomicReference<>();
        CountDownLatch told = new CountDownLatch(ENTRIES);
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            AppendCallback callback = new AppendCallback() {
                @Override
                public void appended(long ledgerId, long entryId, Throwable failure, Object context) {
                    if (failure != null) {
                        odd.compareAndSet(null, failure);
                    }
                    told.countDown();
                    long id = next.getAndIncrement();
                    if (id < ENTRIES) {
                        engine.append(ledgerId, id, ENTRY, this, null);
                    }
                    Thread.currentThread().interrupt();
                    // And whoever told the one before, at whatever it is now.
                    Thread other = before.getAndSet(Thread.currentThread());
                    if (other != null) {
                        other.interrupt();
                    }
                }
            };
            for (int i = 0; i < IN_FLIGHT; i++) {
                engine.append(1, i, ENTRY, callback, null);
            }
            assertThat(told.await(50, TimeUnit.SECONDS)).as("all are told").isTrue();
            assertThat(odd.get()).isNull();
            assertThat(engine.health().status()).isEqualTo(EngineHealth.Status.GREEN);
            assertThat(engine.entryCount(1)).isEqualTo(ENTRIES);
        }
    }
}
