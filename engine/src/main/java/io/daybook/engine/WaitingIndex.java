package io.daybook.engine;

import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.Checkpoint;
import io.daybook.index.IndexBatch;
import io.daybook.index.IndexException;
import io.daybook.index.LedgerRow;
import io.daybook.index.LocationIndex;
import io.daybook.storage.NoSpaceException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An index that found no room to be opened for writing: it is read as it is, and opened for writing when somebody wants to
 * write and there is room. Both hold the same rows, as nobody wrote in between, so readers may be on either.
 *
 * <p>It shows no lease: that of the index it begins with ends when the other one takes its place. Reads are
 * <b>thread-safe</b>; writes come from one thread.
 */
final class WaitingIndex implements LocationIndex {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final IndexStore store;
    private volatile LocationIndex present;
    /** Whether that one is open for writing; set behind it. */
    private volatile boolean ready;

    private boolean hurried;
    private boolean closed;
    private IndexException refusal;
    private long triedNanos;
    private Runnable onReady = () -> {};

    private WaitingIndex(IndexStore store, LocationIndex forReading, IndexException refusal) {
        this.store = store;
        this.present = forReading;
        this.refusal = refusal;
        this.triedNanos = System.nanoTime();
    }

    /** A store that spends the reserve on opening its index, and opens it for reading where that does not help. */
    static final class Store implements IndexStore {
        private final IndexStore store;
        private final SpaceKeeping space;

        Store(IndexStore store, SpaceKeeping space) {
            this.store = store;
            this.space = space;
        }

        @Override
        public LocationIndex open() throws IOException {
            IndexException refusal;
            do {
                try {
                    return store.open();
                } catch (IndexException e) {
                    if (e.kind() != IndexException.Kind.NO_SPACE) {
                        throw e;
                    }
                    refusal = e;
                }
            } while (space.spend());
            LocationIndex forReading = store.openForReading();
            space.indexWaits(refusal, false);
            return new WaitingIndex(store, forReading, refusal);
        }

        @Override
        public LocationIndex openFresh() throws IOException {
            return store.openFresh();
        }

        @Override
        public LocationIndex replaceBy(LocationIndex fresh) throws IOException {
            return store.replaceBy(fresh);
        }
    }

    /** Sets what is told once it is open for writing. */
    void onReady(Runnable told) {
        onReady = told;
    }

    /** The index, null: it is not open for writing. */
    LocationIndex openForWriting() {
        return ready ? present : null;
    }

    /** Opens it for writing, at most once a second. */
    private synchronized LocationIndex writable() {
        if (ready || closed) {
            return present;
        }
        long now = System.nanoTime();
        if (hurried || now - triedNanos < SECOND_NANOS) {
            throw refusal;
        }
        triedNanos = now;
        try {
            LocationIndex opened = store.open();
            requireSame(opened);
            LocationIndex before = present;
            present = opened;
            ready = true;
            close(before);
        } catch (IndexException e) {
            throw refused(e);
        } catch (IOException e) {
            throw refused(new IndexException(
                    e instanceof NoSpaceException ? IndexException.Kind.NO_SPACE : IndexException.Kind.FAILED,
                    "index cannot be opened: " + e.getMessage(),
                    e));
        }
        onReady.run();
        return present;
    }

    /**
     * The engine has replayed what is behind the checkpoint of the one that it read. If the other one ends elsewhere, as when its
     * log was damaged or set back meanwhile, the next flush would speak for entries that it lacks.
     */
    private void requireSame(LocationIndex opened) throws IOException {
        boolean same = false;
        try {
            Optional<Checkpoint> was = present.checkpoint();
            Optional<Checkpoint> is = opened.checkpoint();
            same = is.equals(was);
            if (!same) {
                store.markDamaged();
                throw new IndexException(
                        IndexException.Kind.DAMAGED, "it is at " + is + ", and was read at " + was + " before", null);
            }
        } finally {
            if (!same) {
                close(opened);
            }
        }
    }

    /** Another one is in its place, or stays there, so nobody needs to hear. */
    private static void close(LocationIndex index) {
        try {
            index.close();
        } catch (IndexException e) {
            System.getLogger(WaitingIndex.class.getName())
                    .log(System.Logger.Level.WARNING, "an index that is not used did not close", e);
        }
    }

    /** What callers hear until the next try: only a full disk is one to wait for. */
    private IndexException refused(IndexException e) {
        if (!ready) {
            refusal = e;
        }
        return e;
    }

    @Override
    public IndexBatch newBatch() {
        return writable().newBatch();
    }

    @Override
    public void write(IndexBatch batch) {
        writable().write(batch);
    }

    /** A read that meets the moment of the change is done again. */
    private <T> T read(java.util.function.Function<LocationIndex, T> question) {
        LocationIndex asked = present;
        try {
            return question.apply(asked);
        } catch (IndexException e) {
            LocationIndex now = present;
            if (e.kind() != IndexException.Kind.CLOSED || now == asked) {
                throw e;
            }
            return question.apply(now);
        }
    }

    @Override
    public io.daybook.index.Location find(long ledgerId, long generation, long entryId) {
        return read(index -> index.find(ledgerId, generation, entryId));
    }

    @Override
    public Found ceiling(long ledgerId, long generation, long fromEntryId) {
        return read(index -> index.ceiling(ledgerId, generation, fromEntryId));
    }

    @Override
    public Found floor(long ledgerId, long generation, long fromEntryId) {
        return read(index -> index.floor(ledgerId, generation, fromEntryId));
    }

    @Override
    public io.daybook.index.Location[] bucket(long ledgerId, long generation, long entryId) {
        return read(index -> index.bucket(ledgerId, generation, entryId));
    }

    @Override
    public void visitBucket(long ledgerId, long generation, long entryId, SlotVisitor visitor) {
        read(index -> {
            index.visitBucket(ledgerId, generation, entryId, visitor);
            return null;
        });
    }

    @Override
    public List<LedgerRow> ledgers() {
        return read(LocationIndex::ledgers);
    }

    @Override
    public Map<Long, Long> liveBytes() {
        return read(LocationIndex::liveBytes);
    }

    @Override
    public Optional<Checkpoint> checkpoint() {
        return read(LocationIndex::checkpoint);
    }

    @Override
    public void sync() {
        if (ready) {
            present.sync();
        }
    }

    @Override
    public void compact() {
        writable().compact();
    }

    @Override
    public long bytesAtRest() {
        return read(LocationIndex::bytesAtRest);
    }

    @Override
    public synchronized void hurry() {
        hurried = true;
        present.hurry();
    }

    @Override
    public void asOwner(Runnable work) {
        LocationIndex now = present;
        boolean[] begun = new boolean[1];
        try {
            now.asOwner(() -> {
                begun[0] = true;
                work.run();
            });
        } catch (IndexException e) {
            if (begun[0] || present == now) {
                throw e;
            }
            // The other one was opened in its place just then.
            present.asOwner(work);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        present.close();
    }

    @Override
    public boolean isFreed() {
        return present.isFreed();
    }
}
