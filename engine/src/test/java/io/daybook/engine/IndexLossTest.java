package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.RealStores.Facts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The index can be lost, old, foreign or damaged: the store answers the same. */
@Timeout(300)
class IndexLossTest {
    private static final int LEDGERS = 1_020;

    @TempDir(factory = RealStores.InMemory.class)
    static Path temporary;

    private static Path store;
    private static Path olderIndex;
    private static TreeMap<Long, Facts> truth;

    private static EngineConfig.Builder config(Path directory) {
        return EngineConfig.builder(directory).memoryBudget(16 << 20).segmentBytes(256 << 10);
    }

    private static LedgerEngine open(Path directory) {
        return LedgerEngine.open(config(directory).build());
    }

    @BeforeAll
    static void makeStore() throws IOException {
        long seed = RealStores.seed("IndexLossTest");
        store = temporary.resolve("store");
        olderIndex = temporary.resolve("older-index");
        RealStores.History history = new RealStores.History(seed, LEDGERS, 300);
        try (LedgerEngine engine = open(store)) {
            history.write(engine, 1500);
            engine.flush();
            history.write(engine, 500);
        }
        RealStores.copy(store.resolve("index"), olderIndex);
        try (LedgerEngine engine = open(store)) {
            for (int flush = 0; flush < 3; flush++) {
                history.write(engine, 300);
                engine.flush();
            }
            history.write(engine, 500);
            truth = RealStores.facts(engine);
            RealStores.sameByReads(engine, truth);
        }
        assertThat(truth).as("some are deleted").hasSizeBetween(1_000, LEDGERS - 1);
        assertThat(truth.values()).anyMatch(Facts::fenced).anyMatch(facts -> facts.lastAddConfirmed() >= 0);
    }

    /** Something done to the index of a closed store. */
    @FunctionalInterface
    private interface Harm {
        void to(Path index) throws IOException;
    }

    private static void survives(String name, Harm harm) throws IOException {
        Path copy = temporary.resolve(name);
        RealStores.copy(store, copy);
        harm.to(copy.resolve("index"));
        Path readOnly = temporary.resolve(name + "-read-only");
        RealStores.copy(copy, readOnly);
        try (LedgerEngine engine =
                LedgerEngine.open(config(readOnly).readOnly(true).build())) {
            same(engine);
        }
        try (LedgerEngine engine = open(copy)) {
            same(engine);
            RealStores.sameByReads(engine, truth);
        }
        // Verify opens it again and compares the counts with what it finds.
        assertThat(StoreTools.verify(config(copy).build(), (what, done, total) -> {})
                        .damages())
                .isEmpty();
        RealStores.delete(copy);
        RealStores.delete(readOnly);
    }

    private static void same(LedgerEngine engine) {
        TreeMap<Long, Facts> now = RealStores.facts(engine);
        assertThat(now.keySet()).isEqualTo(truth.keySet());
        truth.forEach((ledgerId, facts) ->
                assertThat(now.get(ledgerId)).as("ledger %d", ledgerId).isEqualTo(facts));
    }

    @Test
    void asItIs() throws IOException {
        survives("same", index -> {});
    }

    @Test
    void deleted() throws IOException {
        survives("deleted", RealStores::delete);
    }

    @Test
    void replacedByAnOlderCopy() throws IOException {
        survives("older", index -> {
            RealStores.delete(index);
            RealStores.copy(olderIndex, index);
        });
    }

    /** As after a restore of all but the index from a backup: what it knows behind the end of the journal never was. */
    @Test
    void newerThanTheJournal() throws IOException {
        Path newer = temporary.resolve("newer");
        RealStores.copy(store, newer);
        try (LedgerEngine engine = open(newer)) {
            engine.ledgers().boxed().toList().forEach(ledgerId -> engine.delete(ledgerId));
            new RealStores.History(RealStores.seed("IndexLossTest") + 1, LEDGERS, 300).write(engine, 500);
            engine.flush();
        }
        survives("newer-index", index -> {
            RealStores.delete(index);
            RealStores.copy(newer.resolve("index"), index);
        });
        RealStores.delete(newer);
    }

    @Test
    void replacedByThatOfAnotherStore() throws IOException {
        Path other = temporary.resolve("other");
        try (LedgerEngine engine = open(other)) {
            new RealStores.History(4, 1200, 50).write(engine, 100);
        }
        survives("foreign", index -> {
            RealStores.delete(index);
            RealStores.copy(other.resolve("index"), index);
        });
        RealStores.delete(other);
    }

    @Test
    void anIndexWithAnEmptiedTable() throws IOException {
        survives("emptied", index -> {
            List<Path> tables = RealStores.files(index).stream()
                    .filter(file -> file.toString().endsWith(".sst"))
                    .toList();
            assertThat(tables).isNotEmpty();
            Files.write(tables.get(tables.size() - 1), new byte[0]);
        });
    }

    @Test
    void anIndexWithoutATable() throws IOException {
        survives("tableless", index -> {
            for (Path file : RealStores.files(index)) {
                if (file.toString().endsWith(".sst")) {
                    Files.delete(file);
                    return;
                }
            }
        });
    }

    @Test
    void anIndexWithATruncatedLog() throws IOException {
        survives("log-half", index -> truncateLogs(index, 2));
        survives("log-empty", index -> truncateLogs(index, Long.MAX_VALUE));
        survives("log-gone", index -> {
            for (Path file : RealStores.files(index)) {
                if (file.toString().endsWith(".log")) {
                    Files.delete(file);
                }
            }
        });
    }

    private static void truncateLogs(Path index, long divisor) throws IOException {
        for (Path file : RealStores.files(index)) {
            if (file.toString().endsWith(".log")) {
                try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "rw")) {
                    log.setLength(log.length() / divisor);
                }
            }
        }
    }

    @Test
    void aFileInPlaceOfTheIndex() throws IOException {
        survives("file", index -> {
            RealStores.delete(index);
            Files.writeString(index, "no index");
        });
    }

    @Test
    void aReadOnlyOpenWritesNothingAndRefusesChanges() throws IOException {
        Path copy = temporary.resolve("read-only");
        RealStores.copy(store, copy);
        List<String> before = RealStores.listing(copy);
        try (LedgerEngine engine = LedgerEngine.open(config(copy).readOnly(true).build())) {
            same(engine);
            ByteBuf entry = Unpooled.wrappedBuffer(new byte[] {1});
            refused(() -> engine.append(1, entry));
            refused(() -> engine.append(1, 1_000_000, entry));
            AtomicReference<Throwable> told = new AtomicReference<>();
            engine.append(1, 1_000_000, entry, (ledger, id, failure, context) -> told.set(failure), null);
            assertThat(told.get()).isInstanceOf(EngineReadOnlyException.class);
            refused(() -> engine.appendRecovery(1, 1_000_000, entry));
            refused(() -> engine.write(new WriteBatch().delete(1)));
            refused(() -> engine.fence(1));
            refused(() -> engine.setLastAddConfirmed(1, 1));
            refused(() -> engine.putMetadata(1, entry));
            refused(() -> engine.truncateAfter(1, -1));
            refused(() -> engine.trimBefore(1, 1));
            refused(() -> engine.delete(1));
            refused(engine::sync);
            assertThatThrownBy(engine::flush).isInstanceOf(EngineReadOnlyException.class);
            same(engine);
            assertThat(engine.shutdown().clean()).isTrue();
        }
        assertThat(RealStores.listing(copy)).isEqualTo(before);
        RealStores.delete(copy);
    }

    /** Through the future, as all but misuse is. */
    private static void refused(Supplier<CompletableFuture<?>> change) {
        assertThat(change.get())
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(EngineReadOnlyException.class);
    }

    @Test
    void aReadOnlyOpenWorksBesideAWriter() throws IOException {
        Path copy = temporary.resolve("beside");
        RealStores.copy(store, copy);
        try (LedgerEngine writer = open(copy)) {
            ByteBuf entry = Unpooled.wrappedBuffer(new byte[] {7});
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < 200; i++) {
                    writer.append(5000, entry);
                }
                writer.sync().join();
                long acknowledged = writer.append(5000, entry).join();
                writer.append(5000, entry).join();
                if (round % 2 == 0) {
                    writer.flush();
                }
                try (LedgerEngine reader =
                        LedgerEngine.open(config(copy).readOnly(true).build())) {
                    // The last frame has no later one that proves it durable, so it is not shown yet.
                    assertThat(reader.lastEntryId(5000).orElse(-1)).isBetween(acknowledged, acknowledged + 1);
                    TreeMap<Long, Facts> seen = RealStores.facts(reader);
                    assertThat(seen.remove(5000L).count()).isGreaterThanOrEqualTo(acknowledged + 1);
                    assertThat(seen).isEqualTo(truth);
                }
            }
        }
        RealStores.delete(copy);
    }
}
