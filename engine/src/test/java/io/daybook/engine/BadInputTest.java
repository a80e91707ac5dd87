package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.RealStores.Facts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every argument of every public method, wrong in every way: its named error, at once, and the store is as it was. */
@Timeout(120)
class BadInputTest {
    private static final long MIN = Long.MIN_VALUE;
    private static final long MAX = Long.MAX_VALUE;
    private static final int ENTRY_MAX = 2000;
    private static final AppendCallback NEVER = (ledger, entry, failure, context) -> {
        throw new AssertionError("called back");
    };

    @TempDir
    Path directory;

    private static EngineConfig config(Path directory) {
        return RealStores.small(directory).entryBytesMax(ENTRY_MAX).build();
    }

    private static ByteBuf entry(int bytes) {
        return Unpooled.wrappedBuffer(new byte[bytes]);
    }

    private static ByteBuf released() {
        ByteBuf buffer = Unpooled.buffer(8).writeLong(1);
        buffer.release();
        return buffer;
    }

    /** A call that must be refused by an exception of this class whose message has these parts. */
    private record Case(String what, Runnable call, Class<? extends Throwable> expected, List<String> says) {}

    /** The cases of one receiver, by method; knows what each kind of argument refuses. */
    private static final class Cases {
        final Map<String, List<Case>> byMethod = new LinkedHashMap<>();

        Cases none(String method) {
            byMethod.computeIfAbsent(method, key -> new ArrayList<>());
            return this;
        }

        Cases add(String method, String what, Runnable call, Class<? extends Throwable> expected, String... says) {
            byMethod.computeIfAbsent(method, key -> new ArrayList<>())
                    .add(new Case(what, call, expected, List.of(says)));
            return this;
        }

        Cases bad(String method, String what, LongConsumer call, String limit, long... values) {
            for (long value : values) {
                add(
                        method,
                        what + " " + value,
                        () -> call.accept(value),
                        IllegalArgumentException.class,
                        Long.toString(value),
                        limit);
            }
            return this;
        }

        Cases ledger(String method, LongConsumer call) {
            return bad(method, "ledger", call, Long.toString(MAX), -1, MIN);
        }

        Cases entryId(String method, LongConsumer call) {
            return bad(method, "entry id", call, Long.toString(MAX - 1), -1, MIN, MAX);
        }

        Cases entryIdOrNone(String method, LongConsumer call) {
            return bad(method, "entry id", call, Long.toString(MAX - 1), -2, MIN, MAX);
        }

        Cases buffer(String method, String name, int max, Consumer<ByteBuf> call) {
            add(method, name + " null", () -> call.accept(null), NullPointerException.class, name);
            add(
                    method,
                    name + " released",
                    () -> call.accept(released()),
                    IllegalArgumentException.class,
                    name,
                    "released",
                    "0");
            add(
                    method,
                    name + " too long",
                    () -> call.accept(entry(max + 1)),
                    IllegalArgumentException.class,
                    Integer.toString(max + 1),
                    Integer.toString(max));
            return this;
        }

        void run() {
            byMethod.forEach((method, cases) -> {
                for (Case one : cases) {
                    assertThatThrownBy(one.call()::run, "%s: %s", method, one.what())
                            .isInstanceOf(one.expected())
                            .message()
                            .contains(one.says());
                }
            });
        }
    }

    private static Cases engineCases(LedgerEngine engine) {
        ByteBuf good = entry(10);
        Cases cases = new Cases();
        String append = "append(long,long,ByteBuf)";
        cases.ledger(append, id -> engine.append(id, 0, good))
                .entryId(append, id -> engine.append(1, id, good))
                .buffer(append, "entry", ENTRY_MAX, buffer -> engine.append(1, 0, buffer))
                .add(
                        append,
                        "below the trim bound",
                        () -> engine.append(2, 4, good),
                        IllegalArgumentException.class,
                        "4",
                        "5");
        append = "append(long,ByteBuf)";
        cases.ledger(append, id -> engine.append(id, good))
                .buffer(append, "entry", ENTRY_MAX, buffer -> engine.append(1, buffer))
                .add(
                        append,
                        "no id left",
                        () -> engine.append(MAX, good),
                        IllegalArgumentException.class,
                        Long.toString(MAX),
                        Long.toString(MAX - 1));
        append = "append(long,long,ByteBuf,AppendCallback,Object)";
        cases.ledger(append, id -> engine.append(id, 0, good, NEVER, null))
                .entryId(append, id -> engine.append(1, id, good, NEVER, null))
                .buffer(append, "entry", ENTRY_MAX, buffer -> engine.append(1, 0, buffer, NEVER, null))
                .add(
                        append,
                        "callback null",
                        () -> engine.append(1, 0, good, null, null),
                        NullPointerException.class,
                        "callback")
                .add(
                        append,
                        "below the trim bound",
                        () -> engine.append(2, 4, good, NEVER, null),
                        IllegalArgumentException.class,
                        "4",
                        "5");
        append = "appendRecovery(long,long,ByteBuf)";
        cases.ledger(append, id -> engine.appendRecovery(id, 0, good))
                .entryId(append, id -> engine.appendRecovery(1, id, good))
                .buffer(append, "entry", ENTRY_MAX, buffer -> engine.appendRecovery(1, 0, buffer));
        batchCases(engine, cases);
        cases.ledger("read(long,long)", id -> engine.read(id, 0))
                .entryId("read(long,long)", id -> engine.read(1, id))
                .ledger("readLast(long)", engine::readLast)
                .ledger("scan(long,long,long)", id -> engine.scan(id, 0, 1))
                .entryId("scan(long,long,long)", id -> engine.scan(1, id, MAX - 1))
                .entryIdOrNone("scan(long,long,long)", id -> engine.scan(1, 0, id));
        String read = "read(long,long,int,long)";
        cases.ledger(read, id -> engine.read(id, 0, 1, 1))
                .entryId(read, id -> engine.read(1, id, 1, 1))
                .bad(read, "maxEntries", value -> engine.read(1, 0, (int) value, 1), "1", 0, -1, Integer.MIN_VALUE)
                .bad(read, "maxBytes", value -> engine.read(1, 0, 1, value), "1", 0, -1, MIN);
        cases.ledger("firstEntryId(long)", engine::firstEntryId)
                .ledger("lastEntryId(long)", engine::lastEntryId)
                .ledger("entryCount(long)", engine::entryCount)
                .ledger("exists(long)", engine::exists)
                .ledger("entries(long)", engine::entries)
                .ledger("fence(long)", engine::fence)
                .ledger("isFenced(long)", engine::isFenced)
                .ledger("setLastAddConfirmed(long,long)", id -> engine.setLastAddConfirmed(id, 0))
                .entryId("setLastAddConfirmed(long,long)", id -> engine.setLastAddConfirmed(1, id))
                .ledger("lastAddConfirmed(long)", engine::lastAddConfirmed)
                .ledger("awaitLastAddConfirmed(long,long)", id -> engine.awaitLastAddConfirmed(id, 0))
                .entryIdOrNone("awaitLastAddConfirmed(long,long)", id -> engine.awaitLastAddConfirmed(1, id))
                .ledger("awaitEntry(long,long)", id -> engine.awaitEntry(id, 0))
                .entryIdOrNone("awaitEntry(long,long)", id -> engine.awaitEntry(1, id))
                .ledger("putMetadata(long,ByteBuf)", id -> engine.putMetadata(id, good))
                .buffer("putMetadata(long,ByteBuf)", "value", ENTRY_MAX, value -> engine.putMetadata(1, value))
                .ledger("metadata(long)", engine::metadata)
                .ledger("truncateAfter(long,long)", id -> engine.truncateAfter(id, 0))
                .entryIdOrNone("truncateAfter(long,long)", id -> engine.truncateAfter(1, id))
                .ledger("trimBefore(long,long)", id -> engine.trimBefore(id, 0))
                .entryId("trimBefore(long,long)", id -> engine.trimBefore(1, id))
                .ledger("delete(long)", engine::delete);
        for (String method : List.of("ledgers()", "sync()", "flush()", "health()", "shutdown()", "close()")) {
            cases.none(method);
        }
        cases.add("open(Path)", "null", () -> LedgerEngine.open((Path) null), NullPointerException.class, "directory");
        cases.add(
                "open(EngineConfig)",
                "null",
                () -> LedgerEngine.open((EngineConfig) null),
                NullPointerException.class,
                "config");
        return cases;
    }

    private static void batchCases(LedgerEngine engine, Cases cases) {
        String write = "write(WriteBatch)";
        cases.add(write, "null", () -> engine.write(null), NullPointerException.class, "batch")
                .add(write, "empty", () -> engine.write(new WriteBatch()), IllegalArgumentException.class, "empty")
                .add(
                        write,
                        "with a long entry",
                        () -> engine.write(
                                new WriteBatch().append(1, 0, entry(1)).append(1, 0, entry(ENTRY_MAX + 1))),
                        IllegalArgumentException.class,
                        Integer.toString(ENTRY_MAX + 1),
                        Integer.toString(ENTRY_MAX))
                .add(
                        write,
                        "below the trim bound",
                        () -> engine.write(
                                new WriteBatch().append(7, 0, entry(1)).append(2, 4, entry(1))),
                        IllegalArgumentException.class,
                        "4",
                        "5")
                .add(
                        write,
                        "with long metadata",
                        () -> engine.write(new WriteBatch().putMetadata(1, entry(ENTRY_MAX + 1))),
                        IllegalArgumentException.class,
                        Integer.toString(ENTRY_MAX + 1),
                        Integer.toString(ENTRY_MAX));
        WriteBatch large = new WriteBatch();
        long bytes = 0;
        while (bytes < 64 << 10) {
            large.append(1, 0, entry(ENTRY_MAX));
            bytes += ENTRY_MAX + RealStores.RECORD_HEADER;
        }
        cases.add(
                write,
                "over the limit",
                () -> engine.write(large),
                IllegalArgumentException.class,
                Long.toString(bytes),
                Integer.toString((64 << 10) - 2 * RealStores.BLOCK - RealStores.FRAME_HEADER));
    }

    private static Cases batchBuilderCases(WriteBatch batch) {
        ByteBuf good = entry(1);
        return new Cases()
                .ledger("append(long,long,ByteBuf)", id -> batch.append(id, 0, good))
                .entryId("append(long,long,ByteBuf)", id -> batch.append(1, id, good))
                .add(
                        "append(long,long,ByteBuf)",
                        "null",
                        () -> batch.append(1, 1, null),
                        NullPointerException.class,
                        "entry")
                .add(
                        "append(long,long,ByteBuf)",
                        "released",
                        () -> batch.append(1, 1, released()),
                        IllegalArgumentException.class,
                        "entry",
                        "released")
                .ledger("truncateAfter(long,long)", id -> batch.truncateAfter(id, 0))
                .entryIdOrNone("truncateAfter(long,long)", id -> batch.truncateAfter(1, id))
                .ledger("trimBefore(long,long)", id -> batch.trimBefore(id, 0))
                .entryId("trimBefore(long,long)", id -> batch.trimBefore(1, id))
                .ledger("putMetadata(long,ByteBuf)", id -> batch.putMetadata(id, good))
                .buffer("putMetadata(long,ByteBuf)", "value", 1 << 20, value -> batch.putMetadata(1, value))
                .ledger("fence(long)", batch::fence)
                .ledger("setLastAddConfirmed(long,long)", id -> batch.setLastAddConfirmed(id, 0))
                .entryId("setLastAddConfirmed(long,long)", id -> batch.setLastAddConfirmed(1, id))
                .ledger("delete(long)", batch::delete)
                .none("size()")
                .none("clear()");
    }

    /** The public methods of a type, as {@code name(Type,Type)}. */
    private static TreeSet<String> publicMethods(Class<?> type) {
        TreeSet<String> methods = new TreeSet<>();
        for (Method method : type.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic()) {
                methods.add(method.getName() + "("
                        + String.join(
                                ",",
                                Arrays.stream(method.getParameterTypes())
                                        .map(Class::getSimpleName)
                                        .toList())
                        + ")");
            }
        }
        return methods;
    }

    private static void fill(LedgerEngine engine) {
        for (int i = 0; i < 10; i++) {
            engine.append(1, entry(i * 100)).join();
            engine.append(2, entry(i)).join();
        }
        engine.trimBefore(2, 5).join();
        engine.putMetadata(1, entry(12)).join();
        engine.setLastAddConfirmed(1, 7).join();
        engine.append(MAX, MAX - 1, entry(3)).join();
        engine.append(0, 0, entry(0)).join();
    }

    @Test
    void badArgumentsAreRefusedAndChangeNothing() {
        TreeMap<Long, Facts> before;
        try (LedgerEngine engine = LedgerEngine.open(config(directory))) {
            fill(engine);
            before = RealStores.facts(engine);
            assertThat(before.keySet()).containsExactly(0L, 1L, 2L, MAX);
            Cases cases = engineCases(engine);
            assertThat(new TreeSet<>(cases.byMethod.keySet())).isEqualTo(publicMethods(LedgerEngine.class));
            cases.run();
            engine.sync().join();
            assertThat(RealStores.facts(engine)).isEqualTo(before);
            assertThat(engine.append(1, entry(ENTRY_MAX)).join()).isEqualTo(10);
            before = RealStores.facts(engine);
        }
        try (LedgerEngine engine = LedgerEngine.open(config(directory))) {
            assertThat(RealStores.facts(engine)).isEqualTo(before);
            RealStores.sameByReads(engine, before);
        }
    }

    @Test
    void aBatchRefusesBadArguments() {
        WriteBatch batch = new WriteBatch();
        Cases cases = batchBuilderCases(batch);
        assertThat(new TreeSet<>(cases.byMethod.keySet())).isEqualTo(publicMethods(WriteBatch.class));
        cases.run();
        assertThat(batch.size()).isZero();
    }

    @Test
    void theEndsOfTheRangesWork() {
        try (LedgerEngine engine = LedgerEngine.open(config(directory))) {
            for (long ledgerId : new long[] {0, MAX}) {
                for (long entryId : new long[] {0, MAX - 1}) {
                    engine.append(ledgerId, entryId, entry(1)).join();
                    engine.read(ledgerId, entryId).release();
                }
                assertThat(engine.entryCount(ledgerId)).isEqualTo(2);
                List<ByteBuf> all = engine.read(ledgerId, 0, Integer.MAX_VALUE, MAX);
                assertThat(all).hasSize(2);
                all.forEach(ByteBuf::release);
                assertThat(engine.scan(ledgerId, 5, -1).next()).isFalse();
                assertThat(engine.awaitEntry(ledgerId, -1).join()).isEqualTo(MAX - 1);
                engine.setLastAddConfirmed(ledgerId, MAX - 1).join();
                engine.putMetadata(ledgerId, entry(0)).join();
                assertThat(engine.metadata(ledgerId)).hasValueSatisfying(value -> {
                    assertThat(value.readableBytes()).isZero();
                    value.release();
                });
                engine.trimBefore(ledgerId, MAX - 1).join();
                assertThat(engine.firstEntryId(ledgerId)).hasValue(MAX - 1);
                engine.truncateAfter(ledgerId, -1).join();
                assertThat(engine.entryCount(ledgerId)).isZero();
                assertThat(engine.lastAddConfirmed(ledgerId)).isEqualTo(-1);
                engine.fence(ledgerId).join();
                engine.fence(ledgerId).join();
                engine.delete(ledgerId).join();
                assertThat(engine.exists(ledgerId)).isFalse();
            }
            assertThat(engine.exists(5)).isFalse();
        }
    }

    @Test
    void whatIsNotThereHasItsNamedError() {
        ByteBuf good = entry(1);
        try (LedgerEngine engine = LedgerEngine.open(config(directory))) {
            fill(engine);
            List<Function<LedgerEngine, CompletableFuture<?>>> changes = List.of(
                    each -> each.fence(9),
                    each -> each.setLastAddConfirmed(9, 1),
                    each -> each.truncateAfter(9, -1),
                    each -> each.trimBefore(9, 1),
                    each -> each.delete(9),
                    each -> each.awaitEntry(9, 0),
                    each -> each.awaitLastAddConfirmed(9, 0),
                    each -> each.write(new WriteBatch().append(8, 0, good).fence(9)));
            for (Function<LedgerEngine, CompletableFuture<?>> change : changes) {
                assertThatThrownBy(change.apply(engine)::join)
                        .hasCauseInstanceOf(NoSuchLedgerException.class)
                        .hasMessageContaining("9");
            }
            assertThat(engine.exists(8)).as("half of a refused batch").isFalse();
            List<Consumer<LedgerEngine>> reads = List.of(
                    each -> each.read(9, 0),
                    each -> each.readLast(9),
                    each -> each.scan(9, 0, 1),
                    each -> each.read(9, 0, 1, 1),
                    each -> each.firstEntryId(9),
                    each -> each.lastEntryId(9),
                    each -> each.entryCount(9),
                    each -> each.entries(9),
                    each -> each.isFenced(9),
                    each -> each.lastAddConfirmed(9),
                    each -> each.metadata(9));
            for (Consumer<LedgerEngine> read : reads) {
                assertThatThrownBy(() -> read.accept(engine))
                        .isInstanceOf(NoSuchLedgerException.class)
                        .hasMessageContaining("9");
            }
            for (long entryId : new long[] {10, 11, MAX - 1}) {
                assertThatThrownBy(() -> engine.read(1, entryId))
                        .isInstanceOf(NoSuchEntryException.class)
                        .hasMessageContaining(Long.toString(entryId));
            }
            assertThatThrownBy(() -> engine.read(2, 4)).isInstanceOf(NoSuchEntryException.class);
            assertThat(engine.read(1, 10, 5, 5)).isEmpty();
            engine.truncateAfter(1, -1).join();
            assertThatThrownBy(() -> engine.readLast(1)).isInstanceOf(NoSuchEntryException.class);
            assertThat(engine.firstEntryId(1)).isEmpty();
            assertThat(engine.lastEntryId(1)).isEmpty();
            engine.fence(1).join();
            assertThatThrownBy(engine.append(1, good)::join).hasCauseInstanceOf(LedgerFencedException.class);
            assertThatThrownBy(engine.append(1, 20, good)::join).hasCauseInstanceOf(LedgerFencedException.class);
            assertThatThrownBy(engine.write(new WriteBatch().append(0, 5, good).append(1, 20, good))::join)
                    .hasCauseInstanceOf(LedgerFencedException.class);
            assertThat(engine.entryCount(0)).isEqualTo(1);
        }
    }

    @Test
    void afterCloseEveryCallSaysSoAtOnce() {
        LedgerEngine engine = LedgerEngine.open(config(directory));
        fill(engine);
        EntryCursor fresh = engine.scan(1, 0, 9);
        EntryCursor used = engine.scan(1, 0, 9);
        assertThat(used.next()).isTrue();
        ByteBuf held = used.entry();
        PrimitiveIterator.OfLong ids = engine.entries(1);
        ids.nextLong();
        List<CompletableFuture<?>> inFlight = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            inFlight.add(engine.append(4, entry(100)));
        }
        CompletableFuture<Void> sync = engine.sync();
        engine.close();
        assertThat(inFlight).allMatch(CompletableFuture::isDone);
        assertThat(inFlight).noneMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(sync).isDone();

        ByteBuf good = entry(1);
        Map<String, Consumer<LedgerEngine>> calls = new LinkedHashMap<>();
        calls.put("append(long,long,ByteBuf)", each -> each.append(1, 1, good));
        calls.put("append(long,ByteBuf)", each -> each.append(1, good));
        calls.put("append(long,long,ByteBuf,AppendCallback,Object)", each -> each.append(1, 1, good, NEVER, null));
        calls.put("appendRecovery(long,long,ByteBuf)", each -> each.appendRecovery(1, 1, good));
        calls.put("write(WriteBatch)", each -> each.write(new WriteBatch().delete(1)));
        calls.put("read(long,long)", each -> each.read(1, 1));
        calls.put("readLast(long)", each -> each.readLast(1));
        calls.put("scan(long,long,long)", each -> each.scan(1, 1, 1));
        calls.put("read(long,long,int,long)", each -> each.read(1, 1, 1, 1));
        calls.put("firstEntryId(long)", each -> each.firstEntryId(1));
        calls.put("lastEntryId(long)", each -> each.lastEntryId(1));
        calls.put("entryCount(long)", each -> each.entryCount(1));
        calls.put("exists(long)", each -> each.exists(1));
        calls.put("ledgers()", LedgerEngine::ledgers);
        calls.put("entries(long)", each -> each.entries(1));
        calls.put("fence(long)", each -> each.fence(1));
        calls.put("isFenced(long)", each -> each.isFenced(1));
        calls.put("setLastAddConfirmed(long,long)", each -> each.setLastAddConfirmed(1, 1));
        calls.put("lastAddConfirmed(long)", each -> each.lastAddConfirmed(1));
        calls.put("awaitLastAddConfirmed(long,long)", each -> each.awaitLastAddConfirmed(1, 1));
        calls.put("awaitEntry(long,long)", each -> each.awaitEntry(1, 1));
        calls.put("putMetadata(long,ByteBuf)", each -> each.putMetadata(1, good));
        calls.put("metadata(long)", each -> each.metadata(1));
        calls.put("truncateAfter(long,long)", each -> each.truncateAfter(1, 1));
        calls.put("trimBefore(long,long)", each -> each.trimBefore(1, 1));
        calls.put("delete(long)", each -> each.delete(1));
        calls.put("sync()", LedgerEngine::sync);
        calls.put("flush()", LedgerEngine::flush);
        TreeSet<String> all = publicMethods(LedgerEngine.class);
        all.removeAll(List.of("health()", "shutdown()", "close()", "open(Path)", "open(EngineConfig)"));
        assertThat(new TreeSet<>(calls.keySet())).isEqualTo(all);
        calls.forEach((method, call) -> {
            long start = System.nanoTime();
            assertThatThrownBy(() -> call.accept(engine)).as(method).isInstanceOf(EngineClosedException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        });
        assertThat(engine.health().status()).isEqualTo(EngineHealth.Status.GREEN);
        assertThat(engine.shutdown().clean()).isTrue();
        engine.close();
        assertThatThrownBy(fresh::next).isInstanceOf(EngineClosedException.class);
        assertThat(held.refCnt()).as("an entry in a cursor's hands").isPositive();
        assertThatThrownBy(used::next).isInstanceOf(EngineClosedException.class);
        assertThatThrownBy(() -> {
                    while (ids.hasNext()) {
                        ids.nextLong();
                    }
                })
                .isInstanceOf(EngineClosedException.class);
        fresh.close();
        used.close();
        used.close();
    }

    @Test
    void aClosedCursorSaysSo() {
        try (LedgerEngine engine = LedgerEngine.open(config(directory))) {
            fill(engine);
            EntryCursor cursor = engine.scan(1, 0, 9);
            assertThatThrownBy(cursor::entryId).isInstanceOf(RuntimeException.class);
            assertThatThrownBy(cursor::entry).isInstanceOf(RuntimeException.class);
            assertThat(cursor.next()).isTrue();
            cursor.close();
            cursor.close();
            assertThatThrownBy(cursor::next).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(cursor::entryId).isInstanceOf(RuntimeException.class);
            assertThatThrownBy(cursor::entry).isInstanceOf(RuntimeException.class);

            EntryCursor deleted = engine.scan(1, 0, 9);
            assertThat(deleted.next()).isTrue();
            engine.delete(1).join();
            engine.append(1, 0, entry(1)).join();
            assertThatThrownBy(() -> {
                        while (deleted.next()) {
                            deleted.entryId();
                        }
                    })
                    .isInstanceOf(NoSuchLedgerException.class);
            deleted.close();
        }
    }

    @Test
    void settingsOutOfRangeAreAllNamed() {
        Cases cases = new Cases();
        Map<String, LongConsumer> longs = new LinkedHashMap<>();
        longs.put(
                "memoryBudget",
                value -> EngineConfig.builder(directory).memoryBudget(value).build());
        longs.put(
                "segmentBytes",
                value -> EngineConfig.builder(directory).segmentBytes(value).build());
        longs.put(
                "inFlightBytesMax",
                value -> EngineConfig.builder(directory).inFlightBytesMax(value).build());
        longs.forEach((name, call) -> {
            for (long value : new long[] {0, -1, MIN, MAX}) {
                cases.add(
                        name + "(long)",
                        name + " " + value,
                        () -> call.accept(value),
                        IllegalArgumentException.class,
                        name + " is " + value + " bytes, but must be");
            }
        });
        cases.bad(
                "diskReserveBytes(long)",
                "reserve",
                value -> EngineConfig.builder(directory).diskReserveBytes(value).build(),
                "diskReserveBytes",
                -1,
                MIN,
                MAX);
        cases.bad(
                "entryBytesMax(int)",
                "entry",
                value -> EngineConfig.builder(directory)
                        .entryBytesMax((int) value)
                        .build(),
                "entryBytesMax",
                0,
                -1,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                EngineConfig.ENTRY_BYTES_LIMIT + 1);
        Map<String, Function<Duration, EngineConfig.Builder>> times = new LinkedHashMap<>();
        times.put("appendWaitMax", EngineConfig.builder(directory)::appendWaitMax);
        times.put("groupWaitMax", EngineConfig.builder(directory)::groupWaitMax);
        times.put("stageDeadline", EngineConfig.builder(directory)::stageDeadline);
        times.forEach((name, call) -> {
            for (Duration value : List.of(
                    Duration.ofNanos(-1), Duration.ofSeconds(MIN), Duration.ofSeconds(MAX), Duration.ofHours(2))) {
                cases.add(
                        name + "(Duration)",
                        name + " " + value,
                        () -> call.apply(value).build(),
                        IllegalArgumentException.class,
                        name + " is ");
            }
            cases.add(name + "(Duration)", "null", () -> call.apply(null), NullPointerException.class, name);
        });
        cases.add(
                "stageDeadline(Duration)",
                "zero",
                () -> EngineConfig.builder(directory)
                        .stageDeadline(Duration.ZERO)
                        .build(),
                IllegalArgumentException.class,
                "stageDeadline is 0 ms, but must be 1 to");
        EngineConfig.Builder builder = EngineConfig.builder(directory);
        nulls(cases, "journalDirectory(Path)", () -> builder.journalDirectory(null));
        nulls(cases, "dataDirectory(Path)", () -> builder.dataDirectory(null));
        nulls(cases, "name(String)", () -> builder.name(null));
        nulls(cases, "metricsRegistry(CollectorRegistry)", () -> builder.metricsRegistry(null));
        nulls(cases, "durability(Durability)", () -> builder.durability(null));
        nulls(cases, "allocator(ByteBufAllocator)", () -> builder.allocator(null));
        for (String name : List.of("", "x".repeat(101))) {
            cases.add(
                    "name(String)",
                    name,
                    () -> EngineConfig.builder(directory).name(name).build(),
                    IllegalArgumentException.class,
                    "name has " + name.length() + " characters, but must have 1 to 100");
        }
        cases.none("readOnly(boolean)").none("shutdownHook(boolean)").none("build()");
        assertThat(new TreeSet<>(cases.byMethod.keySet())).isEqualTo(publicMethods(EngineConfig.Builder.class));
        cases.run();
        assertThatThrownBy(() -> EngineConfig.builder(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("directory");
        assertThatThrownBy(() -> EngineConfig.builder(directory)
                        .memoryBudget(5)
                        .segmentBytes(6)
                        .diskReserveBytes(-7)
                        .build())
                .hasMessageContaining("memoryBudget is 5 bytes")
                .hasMessageContaining("segmentBytes is 6 bytes")
                .hasMessageContaining("diskReserveBytes is -7 bytes");
    }

    private static void nulls(Cases cases, String method, Runnable call) {
        cases.add(method, "null", call, NullPointerException.class, method.substring(0, method.indexOf('(')));
    }

    @Test
    void settingsThatAreNotGivenFollowThoseThatAre() {
        EngineConfig standard = EngineConfig.builder(directory).build();
        assertThat(standard.entryBytesMax()).isEqualTo(8 << 20);
        assertThat(standard.inFlightBytesMax()).isEqualTo(32 << 20);
        List<Function<EngineConfig.Builder, EngineConfig.Builder>> settings = List.of(
                builder -> builder.memoryBudget(16 << 20),
                builder -> builder.segmentBytes(1 << 20),
                builder -> builder.segmentBytes(EngineConfig.SEGMENT_BYTES_MIN),
                builder -> builder.memoryBudget(16 << 20).segmentBytes(64 << 10),
                builder -> builder.memoryBudget(1L << 50).segmentBytes(EngineConfig.SEGMENT_BYTES_LIMIT),
                builder -> builder.entryBytesMax(EngineConfig.ENTRY_BYTES_LIMIT),
                builder -> builder.entryBytesMax(1),
                builder -> builder.inFlightBytesMax(8193),
                builder -> builder.inFlightBytesMax(128 << 20));
        for (Function<EngineConfig.Builder, EngineConfig.Builder> setting : settings) {
            EngineConfig config = setting.apply(EngineConfig.builder(directory)).build();
            assertThat((long) config.entryBytesMax()).isLessThanOrEqualTo(config.segmentBytes() / 4);
            assertThat(config.inFlightBytesMax())
                    .isGreaterThanOrEqualTo(config.entryBytesMax() + 8192L)
                    .isLessThanOrEqualTo(config.memoryBudget() / 2);
            assertThat(config.toString()).contains("entryBytesMax        " + config.entryBytesMax() + " bytes");
        }
        assertThatThrownBy(() -> EngineConfig.builder(directory)
                        .segmentBytes(1 << 20)
                        .entryBytesMax(1 << 20)
                        .build())
                .hasMessage("entryBytesMax is 1048576 bytes, but must be at most a quarter of segmentBytes, 262144");
        assertThatThrownBy(() -> EngineConfig.builder(directory)
                        .memoryBudget(16 << 20)
                        .entryBytesMax(15 << 20)
                        .build())
                .hasMessageContaining("entryBytesMax is 15728640 bytes")
                .hasMessageContaining("8380416");
        assertThatThrownBy(() -> EngineConfig.builder(directory)
                        .entryBytesMax(1 << 20)
                        .inFlightBytesMax(1 << 20)
                        .build())
                .hasMessageContaining("inFlightBytesMax is 1048576 bytes")
                .hasMessageContaining("1056768");
        for (Function<EngineConfig.Builder, EngineConfig.Builder> setting : settings.subList(0, 4)) {
            Path store = directory.resolve("store-" + settings.indexOf(setting));
            EngineConfig config = setting.apply(EngineConfig.builder(store)).build();
            try (LedgerEngine engine = LedgerEngine.open(config)) {
                ByteBuf largest = entry(config.entryBytesMax());
                assertThatCode(() -> engine.append(1, largest).join()).doesNotThrowAnyException();
                ByteBuf read = engine.read(1, 0);
                assertThat(read).isEqualTo(largest);
                read.release();
            }
        }
    }

    @Test
    void toolsRefuseBadArguments() {
        EngineConfig nothing = RealStores.small(directory.resolve("nothing")).build();
        StoreTools.Progress quiet = (what, done, total) -> {};
        Cases cases = new Cases()
                .add(
                        "inspect(EngineConfig)",
                        "null",
                        () -> StoreTools.inspect(null),
                        NullPointerException.class,
                        "config")
                .add(
                        "inspect(EngineConfig)",
                        "no store",
                        () -> StoreTools.inspect(nothing),
                        NotAStoreException.class,
                        nothing.directory().toString())
                .add(
                        "verify(EngineConfig,Progress)",
                        "null",
                        () -> StoreTools.verify(null, quiet),
                        NullPointerException.class,
                        "config")
                .add(
                        "verify(EngineConfig,Progress)",
                        "null progress",
                        () -> StoreTools.verify(nothing, null),
                        NullPointerException.class,
                        "progress")
                .add(
                        "verify(EngineConfig,Progress)",
                        "no store",
                        () -> StoreTools.verify(nothing, quiet),
                        NotAStoreException.class,
                        nothing.directory().toString())
                .add(
                        "rebuildIndex(EngineConfig,Progress)",
                        "null",
                        () -> StoreTools.rebuildIndex(null, quiet),
                        NullPointerException.class,
                        "config")
                .add(
                        "rebuildIndex(EngineConfig,Progress)",
                        "null progress",
                        () -> StoreTools.rebuildIndex(nothing, null),
                        NullPointerException.class,
                        "progress")
                .add(
                        "rebuildIndex(EngineConfig,Progress)",
                        "no store",
                        () -> StoreTools.rebuildIndex(nothing, quiet),
                        NotAStoreException.class,
                        nothing.directory().toString());
        String open = "open(EngineConfig,Progress)";
        EngineConfig reading =
                RealStores.small(nothing.directory()).readOnly(true).build();
        cases.add(open, "null", () -> StoreTools.open(null, quiet), NullPointerException.class, "config")
                .add(
                        open,
                        "null progress",
                        () -> StoreTools.open(nothing, null),
                        NullPointerException.class,
                        "progress")
                .add(
                        open,
                        "no store to read",
                        () -> StoreTools.open(reading, quiet),
                        NotAStoreException.class,
                        nothing.directory().toString());
        String deep = "verifyDeep(EngineConfig,Progress)";
        cases.add(deep, "null", () -> StoreTools.verifyDeep(null, quiet), NullPointerException.class, "config")
                .add(
                        deep,
                        "null progress",
                        () -> StoreTools.verifyDeep(nothing, null),
                        NullPointerException.class,
                        "progress")
                .add(
                        deep,
                        "no store",
                        () -> StoreTools.verifyDeep(nothing, quiet),
                        NotAStoreException.class,
                        nothing.directory().toString());
        salvageCases(cases, nothing, quiet);
        assertThat(new TreeSet<>(cases.byMethod.keySet())).isEqualTo(publicMethods(StoreTools.class));
        cases.run();
        assertThat(nothing.directory()).doesNotExist();
    }

    private void salvageCases(Cases cases, EngineConfig nothing, StoreTools.Progress quiet) {
        String salvage = "salvage(EngineConfig,Path,Progress)";
        Path target = directory.resolve("target");
        cases.add(salvage, "null", () -> StoreTools.salvage(null, target, quiet), NullPointerException.class, "config")
                .add(
                        salvage,
                        "null target",
                        () -> StoreTools.salvage(nothing, null, quiet),
                        NullPointerException.class,
                        "target")
                .add(
                        salvage,
                        "null progress",
                        () -> StoreTools.salvage(nothing, target, null),
                        NullPointerException.class,
                        "progress")
                .add(
                        salvage,
                        "no store",
                        () -> StoreTools.salvage(nothing, target, quiet),
                        NotAStoreException.class,
                        nothing.directory().toString());
    }

    /** Where a salvage may not write: refused before anything is read, and neither source nor target are touched. */
    @Test
    void aSalvageRefusesBadTargets() throws IOException {
        EngineConfig source = config(directory.resolve("store"));
        try (LedgerEngine engine = LedgerEngine.open(source)) {
            engine.append(1, entry(10)).join();
        }
        Path file = Files.writeString(directory.resolve("file"), "of somebody");
        Files.writeString(directory.resolve("told.salvage.txt"), "of an earlier one");
        List<String> before = RealStores.listing(directory);
        Map<Path, String> targets = new LinkedHashMap<>();
        targets.put(source.directory(), "exists");
        targets.put(file, "exists");
        targets.put(directory, "exists");
        targets.put(directory.resolve("told"), "told.salvage.txt exists");
        targets.put(directory.getRoot(), "no store can be made at");
        targets.put(directory.resolve("LOCK"), "LOCK");
        targets.put(directory.resolve("missing").resolve("target"), "is no directory");
        targets.put(file.resolve("target"), "is no directory");
        targets.put(source.directory().resolve("target"), "lies in");
        targets.put(source.directory().resolve("index").resolve("target"), "lies in");
        targets.put(source.journalDirectory().resolve("journal/../target"), "lies in");
        targets.forEach((target, says) -> assertThatThrownBy(
                        () -> StoreTools.salvage(source, target, (what, done, total) -> {}), "%s", target)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(says));
        assertThat(RealStores.listing(directory)).isEqualTo(before);
    }

    /** What locks a store refuses one that is open, and leaves it to who has it. */
    @Test
    void toolsRefuseAStoreThatIsOpen() {
        EngineConfig config = config(directory.resolve("store"));
        StoreTools.Progress quiet = (what, done, total) -> {};
        Path target = directory.resolve("target");
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            engine.append(1, entry(10)).join();
            Map<String, Runnable> calls = new LinkedHashMap<>();
            calls.put("open", () -> StoreTools.open(config, quiet));
            calls.put("verify", () -> StoreTools.verify(config, quiet));
            calls.put("verifyDeep", () -> StoreTools.verifyDeep(config, quiet));
            calls.put("rebuildIndex", () -> StoreTools.rebuildIndex(config, quiet));
            calls.put("salvage", () -> StoreTools.salvage(config, target, quiet));
            calls.forEach((what, call) -> assertThatThrownBy(call::run, "%s", what)
                    .isInstanceOf(DirectoryLockedException.class)
                    .hasMessageContaining(config.directory().toString()));
            assertThat(engine.append(1, entry(10)).join()).isEqualTo(1);
        }
        assertThat(directory)
                .isDirectoryNotContaining(path -> path.getFileName().toString().startsWith("target"));
    }
}
