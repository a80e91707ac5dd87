package io.daybook.lease;

/**
 * One use of what a {@link Lease} guards, for one call.
 *
 * <p>A hold is given back exactly once for each time it was acquired, by any thread, in a {@code finally} or a
 * try-with-resources:
 *
 * <pre>{@code
 * try (Hold hold = lease.tryAcquire()) {
 *     if (hold == null) {
 *         throw closed();
 *     }
 *     return database.get(key);
 * }
 * }</pre>
 *
 * <p>Acquiring allocates nothing: outside of debug mode the hold <em>is</em> a counter that other threads share. So
 * identity means nothing, and giving a hold back twice may give back that of somebody else. It is detected for certain in
 * debug mode ({@link Lease#debug}) and otherwise only when nobody else is counted there.
 *
 * <p><b>Thread-safe.</b>
 */
public abstract class Hold implements AutoCloseable {

    Hold() {}

    /**
     * Gives the hold back, on the counter that it was taken from, whichever thread calls. Never blocks, except shortly for
     * the last one to leave while the lease is ending, which wakes the thread that waits in {@link Lease#end}.
     *
     * @throws IllegalStateException if this hold is seen to be given back more often than it was taken
     */
    @Override
    public abstract void close();
}
