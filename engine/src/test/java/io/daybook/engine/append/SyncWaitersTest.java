package io.daybook.engine.append;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SyncWaitersTest {
    private final SyncWaiters waiters = new SyncWaiters();
    private final CompletableFuture<Void> later = new CompletableFuture<>();
    private final CompletableFuture<Void> sooner = new CompletableFuture<>();

    @Test
    void nobodyIsServedBeforeTheDurablePositionIsThere() {
        waiters.add(20, later);
        // LSNs come nearly in order: this one was overtaken.
        waiters.add(10, sooner);
        assertThat(waiters.take(9)).isEmpty();
        assertThat(waiters.take(10)).containsExactly(sooner);
        assertThat(waiters.take(19)).isEmpty();
        assertThat(waiters.take(Long.MAX_VALUE)).containsExactly(later);
        assertThat(waiters.take(Long.MAX_VALUE)).isEmpty();
    }
}
