package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Memory that is read while it is evicted and used again (RULES 19). */
class TailCacheTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 2 * BLOCK;

    private final TailCache cache = new TailCache(CHUNK, BLOCK, 3 * CHUNK);

    /** A chunk whose every byte tells its segment and place. */
    private static Chunk filled(TailCache cache, long segmentId, long from) {
        Chunk chunk = cache.allocate(segmentId, from, CHUNK);
        for (int i = 0; i < CHUNK; i++) {
            chunk.bytes.put(i, expected(segmentId, from + i));
        }
        return chunk;
    }

    private static byte expected(long segmentId, long offset) {
        return (byte) (segmentId * 131 + offset * 7 + (offset >>> 8) * 3 + (offset >>> 13) * 11);
    }

    private static void assertBytes(ByteBuf slice, long segmentId, long from) {
        for (int i = 0; i < slice.readableBytes(); i++) {
            if (slice.getByte(slice.readerIndex() + i) != expected(segmentId, from + i)) {
                throw new AssertionError(
                        "byte " + i + " of " + slice.readableBytes() + " from " + segmentId + ":" + from);
            }
        }
    }

    @Test
    void findsWhatItHoldsAndNothingElse() {
        filled(cache, 1, BLOCK);
        ByteBuf whole = cache.slice(1, BLOCK, CHUNK);
        assertBytes(whole, 1, BLOCK);
        whole.release();
        ByteBuf end = cache.slice(1, BLOCK + CHUNK - 10, 10);
        assertBytes(end, 1, BLOCK + CHUNK - 10);
        end.release();
        assertThat(cache.slice(1, BLOCK - 1, 10)).isNull();
        assertThat(cache.slice(1, BLOCK + CHUNK - 10, 11)).isNull();
        assertThat(cache.slice(2, BLOCK, 10)).isNull();
        cache.close();
    }

    @Test
    void memoryIsAlignedToTheBlock() {
        for (int i = 0; i < 5; i++) {
            Chunk chunk = cache.allocate(1, BLOCK + (long) i * CHUNK, CHUNK);
            assertThat(chunk.memory.memoryAddress() % BLOCK).isZero();
        }
        cache.close();
    }

    @Test
    void theOldestIsEvictedButNothingThatIsUnderWay() {
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            chunks.add(filled(cache, 1, BLOCK + (long) i * CHUNK));
        }
        cache.evict(null);
        assertThat(cache.bytes()).as("nothing is completed yet").isEqualTo(6L * CHUNK);
        cache.evict(chunks.get(1));
        assertThat(cache.bytes()).isEqualTo(5L * CHUNK);
        assertThat(cache.slice(1, BLOCK, 10)).isNull();
        cache.evict(chunks.get(5));
        assertThat(cache.bytes()).isEqualTo(3L * CHUNK);
        for (int i = 3; i < 6; i++) {
            ByteBuf slice = cache.slice(1, BLOCK + (long) i * CHUNK, CHUNK);
            assertBytes(slice, 1, BLOCK + (long) i * CHUNK);
            slice.release();
        }
        cache.close();
    }

    @Test
    void anEvictedChunkIsUsedAgainUnlessAReaderKeepsIt() {
        Chunk first = filled(cache, 1, BLOCK);
        Chunk second = filled(cache, 1, BLOCK + CHUNK);
        ByteBuf kept = cache.slice(1, BLOCK + CHUNK + 5, 100);
        for (int i = 2; i < 5; i++) {
            filled(cache, 1, BLOCK + (long) i * CHUNK);
        }
        cache.evict(filled(cache, 1, BLOCK + 5L * CHUNK));
        assertThat(first.range).isNull();
        assertThat(second.range).isNull();
        List<Chunk> next = List.of(filled(cache, 2, BLOCK), filled(cache, 2, BLOCK + CHUNK), filled(cache, 3, BLOCK));
        assertThat(next).contains(first).doesNotContain(second);
        assertBytes(kept, 1, BLOCK + CHUNK + 5);
        assertThat(second.memory.refCnt()).as("the reader's alone").isEqualTo(1);
        kept.release();
        assertThat(second.memory.refCnt()).isZero();
        cache.close();
    }

    @Test
    void atTheCloseAllIsFreedButWhatReadersKeep() {
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            chunks.add(filled(cache, 1, BLOCK + (long) i * CHUNK));
        }
        ByteBuf kept = cache.slice(1, BLOCK + 5L * CHUNK, 77);
        cache.evict(chunks.get(5));
        cache.close();
        assertThat(cache.bytes()).isZero();
        assertThat(cache.slice(1, BLOCK + 5L * CHUNK, 77)).isNull();
        for (Chunk chunk : chunks.subList(0, 5)) {
            assertThat(chunk.memory.refCnt()).isZero();
        }
        assertBytes(kept, 1, BLOCK + 5L * CHUNK);
        kept.release();
        assertThat(chunks.get(5).memory.refCnt()).isZero();
        cache.close();
    }

    @Test
    void readersNeverSeeTheBytesOfAnotherPlace() throws InterruptedException {
        AtomicLong newest = new AtomicLong(-1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicLong found = new AtomicLong();
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            SplittableRandom random = new SplittableRandom(i);
            Thread reader = new Thread(() -> read(newest, random, found, failure), "reader-" + i);
            readers.add(reader);
            reader.start();
        }
        int chunks = 3000;
        for (int i = 0; i < chunks && failure.get() == null; i++) {
            Chunk chunk = filled(cache, 1 + i / 50, place(i));
            newest.set(i);
            cache.evict(chunk);
        }
        newest.set(Long.MAX_VALUE);
        for (Thread reader : readers) {
            reader.join(20_000);
        }
        cache.close();
        assertThat(failure.get()).isNull();
        assertThat(found.get()).as("reads that were served").isGreaterThan(100);
    }

    private static long place(long chunk) {
        return BLOCK + chunk % 50 * CHUNK;
    }

    private void read(
            AtomicLong newest, SplittableRandom random, AtomicLong found, AtomicReference<Throwable> failure) {
        List<ByteBuf> kept = new ArrayList<>();
        List<long[]> places = new ArrayList<>();
        try {
            long at;
            while ((at = newest.get()) != Long.MAX_VALUE) {
                if (at < 0) {
                    continue;
                }
                long chunk = Math.max(0, at - random.nextInt(4));
                int skip = random.nextInt(CHUNK - 64);
                ByteBuf slice = cache.slice(1 + chunk / 50, place(chunk) + skip, 64);
                if (slice != null) {
                    found.incrementAndGet();
                    assertBytes(slice, 1 + chunk / 50, place(chunk) + skip);
                    kept.add(slice);
                    places.add(new long[] {1 + chunk / 50, place(chunk) + skip});
                }
                if (kept.size() > random.nextInt(8)) {
                    ByteBuf old = kept.remove(0);
                    long[] place = places.remove(0);
                    assertBytes(old, place[0], place[1]);
                    old.release();
                }
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        } finally {
            kept.forEach(ByteBuf::release);
        }
    }
}
