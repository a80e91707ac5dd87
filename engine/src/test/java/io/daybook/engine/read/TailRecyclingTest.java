package io.daybook.engine.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.Ledgers;
import io.daybook.engine.ledger.Publication;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.index.Checkpoint;
import io.daybook.index.IndexBatch;
import io.daybook.index.Location;
import io.daybook.index.MemoryLocationIndex;
import io.daybook.testing.OwnThread;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The arrays of a flushed tail are filled again at once; nobody who was reading them may take what he found there for an answer. */
class TailRecyclingTest {
    private static final int TAIL_ENTRIES = 2048;
    private static final int LEDGERS = 3;
    private static final int IDS = 400_000;
    /** Ids of each ledger in a tail: going over them takes a reader as long as it takes to fill much of the next one. */
    private static final int ROUND = 500;

    private Runnable duringLookup = () -> {};
    private final MemoryLocationIndex index = new MemoryLocationIndex() {
        @Override
        public void visitBucket(long ledgerId, long generation, long entryId, SlotVisitor visitor) {
            super.visitBucket(ledgerId, generation, entryId, visitor);
            duringLookup.run();
        }
    };
    private final Publication publication = new Publication();
    private final Ledgers ledgers = new Ledgers();
    private final View view = new View(index, TAIL_ENTRIES, publication);
    private final ReadPath path =
            new ReadPath(null, ledgers, view, publication, new EngineState("test"), ledgerId -> {}, null, null);
    private final List<Ledger> all = new ArrayList<>();
    private volatile boolean written;
    private long lsn;

    @Test
    @Timeout(60)
    void readersNeverSeeWhatTheNextTailPut() throws Exception {
        for (int i = 0; i < LEDGERS; i++) {
            begin(i);
        }
        put(0);
        ExecutorService readers = Executors.newFixedThreadPool(3);
        try {
            List<Future<Long>> reading = new ArrayList<>();
            for (int seed = 0; seed < 3; seed++) {
                reading.add(readers.submit(reader(seed)));
            }
            for (int id = 1; id < IDS; id++) {
                put(id);
                if (id % ROUND == 0) {
                    assertThat(view.active().log().hasGrown())
                            .as("grown ones are not used again")
                            .isFalse();
                    view.replaceActive();
                    flush();
                }
            }
            written = true;
            for (Future<Long> reader : reading) {
                assertThat(reader.get(30, TimeUnit.SECONDS)).isPositive();
            }
        } finally {
            written = true;
            readers.shutdownNow();
        }
    }

    private Ledger begin(long ledgerId) {
        Ledger ledger = ledgers.begin(ledgerId, 1);
        ledgers.commit(ledger);
        all.add(ledger);
        return ledger;
    }

    private void put(long id) {
        for (Ledger ledger : all) {
            Location location = expected(ledger, id);
            view.active().applied(++lsn, 1);
            view.active().put(ledger, id, location.segmentId(), location.offset(), location.length());
            ledger.added(id, location.length());
        }
    }

    private static Location expected(Ledger ledger, long id) {
        return new Location(1 + id / 100, id * 16 + ledger.id(), (int) (id % 1000));
    }

    /** As the flusher does it, without the lock: there is one writer. */
    private void flush() {
        Tail tail = view.oldestFull();
        try (IndexBatch batch = index.newBatch()) {
            for (Tail.Part part : tail.parts()) {
                for (int at = 0; at < tail.size(); at++) {
                    if (tail.partAt(at) == part) {
                        batch.put(
                                part.ledger().id(),
                                1,
                                tail.entryId(at),
                                tail.segmentId(at),
                                tail.offset(at),
                                tail.length(at));
                    }
                }
                batch.putLedger(part.ledger().row());
            }
            batch.checkpoint(new Checkpoint(1, 2, 1, 0, tail.lastLsn()));
            index.write(batch);
        }
        view.dropOldest(tail);
        view.recycle(tail);
    }

    private Callable<Long> reader(long seed) {
        return () -> {
            SplittableRandom random = new SplittableRandom(seed);
            IdWindow window = new IdWindow();
            Bucket bucket = new Bucket();
            long reads = 0;
            while (!written) {
                Ledger ledger = all.get(random.nextInt(LEDGERS));
                // Mostly what stands in tails, or did a moment ago.
                long id = Math.max(0, ledger.last() - 8 - random.nextInt(3 * ROUND));
                assertThat(path.locate(ledger, id)).isEqualTo(expected(ledger, id));
                for (long next = id; next < Math.min(id + 8, ledger.last()); next++) {
                    assertThat(path.ceiling(ledger, next, window)).isEqualTo(next);
                }
                if (random.nextInt(8) == 0) {
                    path.bucket(ledger, id, bucket);
                    long base = Bucket.base(id);
                    for (int slot = 0; slot <= id - base; slot++) {
                        assertThat(bucket.location(slot)).isEqualTo(expected(ledger, base + slot));
                    }
                }
                window = new IdWindow();
                reads++;
            }
            return reads;
        };
    }

    @Test
    void whoMeetsTheNextTailInTheArraysLooksAgain() {
        Ledger read = begin(0);
        put(0);
        all.remove(read);
        Ledger other = begin(1);
        duringLookup = () -> {
            duringLookup = () -> {};
            // The reader holds the tail; when he looks into it its arrays are the active one's.
            view.replaceActive();
            flush();
            view.replaceActive();
            put(7);
            view.replaceActive();
            flush();
        };
        Bucket bucket = new Bucket();
        path.bucket(read, 0, bucket);
        assertThat(bucket.location(0)).isEqualTo(expected(read, 0));
        assertThat(path.locate(other, 7)).isEqualTo(expected(other, 7));
    }

    /** Each change of any ledger but an append moves the version on; a search through long tails takes longer than they are apart. */
    @Test
    @Timeout(60)
    void aSearchEndsBesideChangesThatNeverDo() throws Exception {
        Ledger ledger = begin(0);
        for (int id = 0; id < 400_000; id++) {
            put(id);
        }
        Thread changes = new Thread(() -> {
            while (!written) {
                publication.begin();
                publication.end();
                LockSupport.parkNanos(200_000);
            }
        });
        changes.start();
        try {
            // A search hears no interrupt; it ends when the changes do.
            CompletableFuture<Void> searches = CompletableFuture.runAsync(
                    () -> {
                        for (int id = 0; id < 10; id++) {
                            assertThat(path.ceiling(ledger, id, new IdWindow())).isEqualTo(id);
                        }
                    },
                    OwnThread.EACH);
            searches.get(15, TimeUnit.SECONDS);
        } finally {
            written = true;
            changes.join();
        }
    }

    @Test
    @Timeout(60)
    void anIdleLedgerKeepsNoTailFromTheCollector() throws InterruptedException {
        Ledger idle = begin(0);
        put(0);
        // The arrays of the first are the third one's; those of the second are to go.
        List<WeakReference<Tail>> tails = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            tails.add(new WeakReference<>(view.active()));
            view.replaceActive();
        }
        for (int i = 0; i < 2; i++) {
            flush();
        }
        for (WeakReference<Tail> tail : tails) {
            while (tail.get() != null) {
                System.gc();
                Thread.sleep(10);
            }
        }
        assertThat(path.locate(idle, 0)).isEqualTo(expected(idle, 0));
    }
}
