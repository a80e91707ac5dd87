package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rule 35: who sees one change of a batch sees the others too. */
class BatchesAreSeenWholeTest {
    private static final int BATCHES = 400;
    private static final int BETWEEN = 400;

    @TempDir(factory = RealStores.InMemory.class)
    Path temporary;

    private static void assertEnds(Thread reader) throws InterruptedException {
        reader.join(60_000);
        assertThat(reader.isAlive()).as("a read does not end").isFalse();
    }

    @Test
    void theFirstChangeOfABatchIsNotSeenWithoutTheLast() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        AtomicReference<String> half = new AtomicReference<>();
        ByteBuf entry = Unpooled.wrappedBuffer(new byte[8]);
        try (LedgerEngine engine =
                LedgerEngine.open(RealStores.small(temporary.resolve("store")).build())) {
            engine.append(1, 0, entry).join();
            engine.append(2, 0, entry).join();
            Thread reader = new Thread(() -> {
                while (!over.get()) {
                    long first = engine.lastEntryId(1).orElse(-1);
                    long last = engine.lastEntryId(2).orElse(-1);
                    if (last < first) {
                        half.compareAndSet(null, "entry " + first + " is there, entry " + last + " is the last beside");
                    }
                }
            });
            reader.start();
            try {
                for (long id = 1; id <= BATCHES; id++) {
                    WriteBatch batch = new WriteBatch().append(1, id, entry);
                    for (int i = 0; i < BETWEEN; i++) {
                        // What takes time between the first and the last.
                        batch.append(3, i, entry);
                    }
                    engine.write(batch.append(2, id, entry)).get(60, TimeUnit.SECONDS);
                }
            } finally {
                over.set(true);
                assertEnds(reader);
            }
        }
        assertThat(half.get()).isNull();
    }

    @Test
    void aLedgerThatABatchReplacesIsThereAllTheTime() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        List<Throwable> odd = new CopyOnWriteArrayList<>();
        ByteBuf entry = Unpooled.wrappedBuffer(new byte[8]);
        try (LedgerEngine engine =
                LedgerEngine.open(RealStores.small(temporary.resolve("store")).build())) {
            engine.append(1, 0, entry).join();
            List<Runnable> questions = List.of(
                    () -> assertThat(engine.exists(1)).isTrue(),
                    () -> engine.read(1, 0).release(),
                    () -> engine.readLast(1).release(),
                    () -> assertThat(engine.entryCount(1)).isEqualTo(1),
                    () -> engine.read(1, 0, 1, 8).forEach(ByteBuf::release),
                    () -> assertThat(engine.ledgers()).contains(1L));
            List<Thread> readers = questions.stream()
                    .map(question -> new Thread(() -> {
                        while (!over.get()) {
                            try {
                                question.run();
                            } catch (Throwable e) {
                                odd.add(e);
                                return;
                            }
                        }
                    }))
                    .toList();
            readers.forEach(Thread::start);
            try {
                for (int i = 0; i < BATCHES; i++) {
                    WriteBatch batch = new WriteBatch().delete(1);
                    for (int j = 0; j < BETWEEN; j++) {
                        batch.append(3, j, entry);
                    }
                    engine.write(batch.append(1, 0, entry)).get(60, TimeUnit.SECONDS);
                }
            } finally {
                over.set(true);
                for (Thread reader : readers) {
                    assertEnds(reader);
                }
            }
        }
        assertThat(odd).isEmpty();
    }
}
