package io.daybook.testing;

import java.util.concurrent.Executor;

/**
 * Runs each task in a thread of its own. Two tasks that wait for each other stand still on the common pool of a machine with two
 * cores, which has one thread; that is where {@link java.util.concurrent.CompletableFuture} runs them by itself from Java 25 on.
 */
public final class OwnThread implements Executor {
    public static final Executor EACH = new OwnThread();

    private OwnThread() {}

    @Override
    public void execute(Runnable task) {
        Thread thread = new Thread(task, "own-thread");
        thread.setDaemon(true);
        thread.start();
    }
}
