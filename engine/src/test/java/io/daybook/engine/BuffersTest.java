package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who owns which buffer: the caller keeps what it gives, and owns what it gets. */
@Timeout(120)
class BuffersTest {

    @TempDir
    Path directory;

    /** Ways to hold the same bytes; each has a reader index behind its beginning or something behind its writer index. */
    private static Map<String, Function<byte[], ByteBuf>> kinds() {
        Map<String, Function<byte[], ByteBuf>> kinds = new LinkedHashMap<>();
        kinds.put("pooled heap", bytes -> offset(PooledByteBufAllocator.DEFAULT.heapBuffer(), bytes));
        kinds.put("pooled direct", bytes -> offset(PooledByteBufAllocator.DEFAULT.directBuffer(), bytes));
        kinds.put("unpooled heap", bytes -> offset(UnpooledByteBufAllocator.DEFAULT.heapBuffer(), bytes));
        kinds.put("unpooled direct", bytes -> offset(UnpooledByteBufAllocator.DEFAULT.directBuffer(), bytes));
        kinds.put("default", bytes -> offset(ByteBufAllocator.DEFAULT.buffer(), bytes));
        kinds.put("wrapped array", bytes -> {
            byte[] more = new byte[bytes.length + 5];
            System.arraycopy(bytes, 0, more, 3, bytes.length);
            return Unpooled.wrappedBuffer(more).setIndex(3, 3 + bytes.length);
        });
        kinds.put("wrapped NIO", bytes -> {
            ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 4);
            direct.position(4);
            direct.put(bytes).position(2);
            return Unpooled.wrappedBuffer(direct).skipBytes(2);
        });
        kinds.put("composite", BuffersTest::composite);
        kinds.put("slice", bytes -> {
            ByteBuf whole = ByteBufAllocator.DEFAULT
                    .buffer()
                    .writeLong(-1)
                    .writeBytes(bytes)
                    .writeLong(-2);
            ByteBuf slice = whole.retainedSlice(4, bytes.length + 8).skipBytes(4);
            whole.release();
            return slice.writerIndex(4 + bytes.length);
        });
        kinds.put("duplicate", bytes -> {
            ByteBuf whole = ByteBufAllocator.DEFAULT.directBuffer().writeInt(-1).writeBytes(bytes);
            ByteBuf duplicate = whole.retainedDuplicate().skipBytes(4);
            whole.release();
            return duplicate;
        });
        kinds.put(
                "read-only",
                bytes -> offset(ByteBufAllocator.DEFAULT.heapBuffer(), bytes).asReadOnly());
        kinds.put(
                "read-only NIO",
                bytes -> Unpooled.wrappedBuffer(ByteBuffer.wrap(bytes.clone()).asReadOnlyBuffer()));
        return kinds;
    }

    private static ByteBuf offset(ByteBuf empty, byte[] bytes) {
        return empty.writeBytes(new byte[] {9, 9, 9}).writeBytes(bytes).skipBytes(3);
    }

    private static ByteBuf composite(byte[] bytes) {
        int middle = bytes.length / 2;
        CompositeByteBuf composite = ByteBufAllocator.DEFAULT.compositeBuffer();
        composite.addComponent(true, ByteBufAllocator.DEFAULT.directBuffer().writeInt(1));
        composite.addComponent(true, ByteBufAllocator.DEFAULT.heapBuffer().writeBytes(bytes, 0, middle));
        composite.addComponent(
                true, ByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes, middle, bytes.length - middle));
        return composite.skipBytes(4);
    }

    private static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Overwrites what a buffer shows, where it allows that. */
    private static void overwrite(ByteBuf buffer) {
        if (!buffer.isReadOnly()) {
            buffer.setBytes(buffer.readerIndex(), new byte[buffer.readableBytes()]);
        }
    }

    @Test
    void aGivenBufferIsCopiedAndKeepsIndicesAndCount() {
        Random random = new Random(RealStores.seed("BuffersTest"));
        EngineConfig config = RealStores.small(directory).build();
        int[] lengths = {0, 1, 2, 100, 4096, config.entryBytesMax() - 1, config.entryBytesMax()};
        List<String> expected = new ArrayList<>();
        List<CompletableFuture<?>> futures = new ArrayList<>();
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            for (Map.Entry<String, Function<byte[], ByteBuf>> kind : kinds().entrySet()) {
                for (int length : lengths) {
                    for (int way = 0; way < 5; way++) {
                        byte[] bytes = random(random, length);
                        long entryId = expected.size();
                        expected.add(RealStores.text(Unpooled.wrappedBuffer(bytes)));
                        ByteBuf buffer = kind.getValue().apply(bytes);
                        int reader = buffer.readerIndex();
                        int writer = buffer.writerIndex();
                        futures.add(append(engine, way, entryId, buffer));
                        assertThat(buffer.readerIndex()).as(kind.getKey()).isEqualTo(reader);
                        assertThat(buffer.writerIndex()).as(kind.getKey()).isEqualTo(writer);
                        overwrite(buffer);
                        assertThat(buffer.refCnt()).as(kind.getKey()).isEqualTo(1);
                        buffer.release();
                    }
                }
            }
            CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0]))
                    .join();
            same(engine, expected);
        }
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            same(engine, expected);
        }
    }

    private static CompletableFuture<?> append(LedgerEngine engine, int way, long entryId, ByteBuf buffer) {
        switch (way) {
            case 0:
                return engine.append(1, entryId, buffer);
            case 1:
                return engine.append(1, buffer);
            case 2:
                return engine.appendRecovery(1, entryId, buffer);
            case 3:
                return engine.write(new WriteBatch().append(1, entryId, buffer));
            default:
                CompletableFuture<Object> future = new CompletableFuture<>();
                engine.append(
                        1,
                        entryId,
                        buffer,
                        (ledger, id, failure, context) -> {
                            if (failure == null) {
                                future.complete(context);
                            } else {
                                future.completeExceptionally(failure);
                            }
                        },
                        "context");
                return future;
        }
    }

    private static void same(LedgerEngine engine, List<String> expected) {
        for (int entryId = 0; entryId < expected.size(); entryId++) {
            ByteBuf read = engine.read(1, entryId);
            assertThat(RealStores.text(read)).as("entry %d", entryId).isEqualTo(expected.get(entryId));
            // Slices of the tail cache share its count; each read takes one, and gives it back alone.
            int count = read.refCnt();
            ByteBuf again = engine.read(1, entryId);
            boolean shares = again.refCnt() == count + 1;
            again.release();
            assertThat(read.refCnt()).isEqualTo(count);
            assertThat(shares || count == 1)
                    .as("entry %d has count %d", entryId, count)
                    .isTrue();
            read.release();
        }
    }

    @Test
    void metadataIsCopiedBothWays() {
        try (LedgerEngine engine = RealStores.open(directory)) {
            for (Map.Entry<String, Function<byte[], ByteBuf>> kind : kinds().entrySet()) {
                byte[] bytes = random(new Random(5), 1000);
                ByteBuf value = kind.getValue().apply(bytes);
                CompletableFuture<Void> put = engine.putMetadata(3, value);
                WriteBatch batch = new WriteBatch().putMetadata(4, value);
                overwrite(value);
                assertThat(value.refCnt()).isEqualTo(1);
                assertThat(value.readableBytes()).isEqualTo(1000);
                value.release();
                put.join();
                engine.write(batch).join();
                for (long ledgerId = 3; ledgerId < 5; ledgerId++) {
                    ByteBuf got = engine.metadata(ledgerId).orElseThrow();
                    assertThat(RealStores.text(got))
                            .as(kind.getKey())
                            .isEqualTo(RealStores.text(Unpooled.wrappedBuffer(bytes)));
                    // To write to it changes nothing in the store.
                    got.setByte(0, got.getByte(0) + 1);
                    assertThat(got.release()).isTrue();
                    ByteBuf again = engine.metadata(ledgerId).orElseThrow();
                    assertThat(again.getByte(0)).isEqualTo(bytes[0]);
                    again.release();
                }
            }
        }
    }

    @Test
    void whatWasReadOutlivesEvictionAndClose() {
        Random random = new Random(6);
        List<ByteBuf> held = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        EngineConfig config = RealStores.small(directory)
                .segmentBytes(4 << 20)
                .entryBytesMax(64 << 10)
                .build();
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            for (int entryId = 0; entryId < 50; entryId++) {
                byte[] bytes = random(random, 1 + random.nextInt(2000));
                expected.add(RealStores.text(Unpooled.wrappedBuffer(bytes)));
                engine.append(1, entryId, Unpooled.wrappedBuffer(bytes)).join();
                held.add(engine.read(1, entryId));
            }
            held.addAll(engine.read(1, 0, 1000, Long.MAX_VALUE));
            try (EntryCursor cursor = engine.scan(1, 0, 1000)) {
                while (cursor.next()) {
                    held.add(cursor.entry().retain());
                }
            }
            held.add(engine.readLast(1));
            // Far more than the tail cache of this engine, 4 MiB, holds: each place in it is used anew.
            List<CompletableFuture<?>> futures = new ArrayList<>();
            ByteBuf filler = Unpooled.wrappedBuffer(random(random, 64 << 10));
            for (int i = 0; i < 300; i++) {
                futures.add(engine.append(2, filler));
            }
            CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0]))
                    .join();
            check(held, expected);
            for (int entryId = 0; entryId < 50; entryId++) {
                held.add(engine.read(1, entryId));
            }
            engine.delete(1).join();
            held.add(engine.readLast(2));
            ByteBuf last = held.remove(held.size() - 1);
            assertThat(last).isEqualTo(filler);
            last.release();
        }
        // Three rounds of 50, one last, 50 from disk.
        assertThat(held).hasSize(201);
        check(held, expected);
        for (ByteBuf buffer : held) {
            buffer.release();
        }
        // The engine is closed: nobody else has a share.
        for (ByteBuf buffer : held) {
            assertThat(buffer.refCnt()).isZero();
        }
    }

    private static void check(List<ByteBuf> held, List<String> expected) {
        for (int i = 0; i < held.size(); i++) {
            int entryId = i < 150 ? i % 50 : i == 150 ? 49 : i - 151;
            assertThat(RealStores.text(held.get(i))).as("buffer %d", i).isEqualTo(expected.get(entryId));
        }
    }

    @Test
    void aCursorsEntryIsItsOwnUntilTheNextStep() {
        try (LedgerEngine engine = RealStores.open(directory)) {
            for (int i = 0; i < 10; i++) {
                engine.append(1, Unpooled.wrappedBuffer(new byte[] {(byte) i})).join();
            }
            ByteBuf other = engine.read(1, 0);
            int count = other.refCnt();
            EntryCursor cursor = engine.scan(1, 2, 5);
            for (int i = 2; i <= 5; i++) {
                assertThat(cursor.next()).isTrue();
                assertThat(cursor.entryId()).isEqualTo(i);
                assertThat(cursor.entry().getByte(0)).isEqualTo((byte) i);
                assertThat(other.refCnt()).isEqualTo(count + 1);
            }
            assertThat(cursor.next()).isFalse();
            cursor.close();
            cursor.close();
            assertThat(other.refCnt()).isEqualTo(count);
            other.release();
        }
    }

    /** A buffer that gives way while it is copied, as one does that somebody else releases. */
    private static ByteBuf torn() {
        return new UnpooledHeapByteBuf(UnpooledByteBufAllocator.DEFAULT, 10, 10) {
            @Override
            public ByteBuf getBytes(int index, ByteBuffer target) {
                throw new IllegalReferenceCountException(0);
            }
        }.writerIndex(10);
    }

    @Test
    void anAppendThatThrewIsNotCalledDurable() {
        List<String> told = new ArrayList<>();
        AppendCallback callback =
                (ledger, entry, failure, context) -> told.add(ledger + "/" + entry + " " + failure + " " + context);
        ByteBuf torn = torn();
        ByteBuf whole = Unpooled.wrappedBuffer(new byte[10]);
        try (LedgerEngine engine = RealStores.open(directory)) {
            engine.append(1, 0, whole, callback, "before");
            assertThatThrownBy(() -> engine.append(1, 1, torn, callback, "torn"))
                    .isInstanceOf(IllegalReferenceCountException.class);
            engine.append(1, 2, whole, callback, "behind");
            engine.sync().join();
            assertThat(engine.entryCount(1)).isEqualTo(2);
        }
        assertThat(told).containsExactly("1/0 null before", "1/2 null behind");
        torn.release();
        whole.release();
    }

    /** The first append to a ledger became void; what was acknowledged behind it holds nevertheless. */
    @Test
    void changesBehindAFirstAppendThatThrewHold() throws IOException {
        Path store = directory.resolve("store");
        ByteBuf torn = torn();
        ByteBuf whole = Unpooled.wrappedBuffer(new byte[10]);
        Map<Long, RealStores.Facts> truth;
        try (LedgerEngine engine = RealStores.open(store)) {
            engine.append(100, 0, whole).join();
            for (long ledgerId = 1; ledgerId <= 6; ledgerId++) {
                long id = ledgerId;
                assertThatThrownBy(() -> engine.append(id, 0, torn)).isInstanceOf(IllegalReferenceCountException.class);
                assertThat(engine.exists(ledgerId)).isFalse();
            }
            engine.fence(1).join();
            engine.fence(2).join();
            engine.appendRecovery(2, 0, whole).join();
            engine.trimBefore(3, 5).join();
            engine.truncateAfter(4, 2).join();
            engine.setLastAddConfirmed(5, 7).join();
            engine.delete(6).join();
            truth = behindAFirstAppendThatThrew(engine, whole);
        }
        EngineConfig config = RealStores.small(store).build();
        for (boolean indexed : List.of(true, false)) {
            assertThat(StoreTools.verifyDeep(config, (what, done, total) -> {}).damages())
                    .isEmpty();
            if (!indexed) {
                RealStores.delete(store.resolve("index"));
            }
            try (LedgerEngine engine = RealStores.open(store)) {
                RealStores.assertSame(behindAFirstAppendThatThrew(engine, whole), truth);
            }
        }
        RealStores.delete(store.resolve("index"));
        Path salvaged = directory.resolve("salvaged");
        assertThat(StoreTools.salvage(config, salvaged, (what, done, total) -> {})
                        .complete())
                .isTrue();
        try (LedgerEngine engine = RealStores.open(salvaged)) {
            RealStores.assertSame(behindAFirstAppendThatThrew(engine, whole), truth);
        }
        torn.release();
        whole.release();
    }

    private static Map<Long, RealStores.Facts> behindAFirstAppendThatThrew(LedgerEngine engine, ByteBuf entry) {
        assertThat(engine.ledgers()).containsExactly(1L, 2L, 3L, 4L, 5L, 100L);
        for (long ledgerId = 1; ledgerId <= 5; ledgerId++) {
            assertThat(engine.exists(ledgerId)).isTrue();
            assertThat(engine.entryCount(ledgerId)).isEqualTo(ledgerId == 2 ? 1 : 0);
            assertThat(engine.isFenced(ledgerId)).isEqualTo(ledgerId <= 2);
        }
        for (long ledgerId = 1; ledgerId <= 2; ledgerId++) {
            assertThatThrownBy(engine.append(ledgerId, 1, entry)::join)
                    .cause()
                    .isInstanceOf(LedgerFencedException.class);
        }
        assertThatThrownBy(() -> engine.append(3, 4, entry)).isInstanceOf(IllegalArgumentException.class);
        assertThat(engine.lastAddConfirmed(5)).isEqualTo(7);
        return RealStores.facts(engine);
    }

    /** The default allocator, which once has no memory left. */
    private static ByteBufAllocator outOfMemoryOnce(AtomicBoolean now) {
        return (ByteBufAllocator) Proxy.newProxyInstance(
                BuffersTest.class.getClassLoader(), new Class<?>[] {ByteBufAllocator.class}, (proxy, method, args) -> {
                    if (now.getAndSet(false)) {
                        throw new OutOfMemoryError("on purpose");
                    }
                    try {
                        return method.invoke(ByteBufAllocator.DEFAULT, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void aCursorWithoutMemoryLeavesNoEntryOut() {
        ByteBuf entry = Unpooled.wrappedBuffer(new byte[10]);
        try (LedgerEngine engine = RealStores.open(directory)) {
            for (long entryId = 0; entryId < 5; entryId++) {
                engine.append(1, entryId, entry).join();
            }
        }
        entry.release();
        AtomicBoolean outOfMemory = new AtomicBoolean();
        EngineConfig config = RealStores.small(directory)
                .allocator(outOfMemoryOnce(outOfMemory))
                .build();
        List<Long> met = new ArrayList<>();
        try (LedgerEngine engine = LedgerEngine.open(config);
                EntryCursor cursor = engine.scan(1, 0, 4)) {
            assertThat(cursor.next()).isTrue();
            outOfMemory.set(true);
            assertThatThrownBy(cursor::next).isInstanceOf(OutOfMemoryError.class);
            while (cursor.next()) {
                met.add(cursor.entryId());
            }
        }
        assertThat(met).containsExactly(1L, 2L, 3L, 4L);
    }
}
