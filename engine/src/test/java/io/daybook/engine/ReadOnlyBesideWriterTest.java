package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.testing.ForkedJvm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Read-only opens beside a writer in another process that appends and flushes its index as fast as it can: each uses the index,
 * and shows all that was acknowledged some time before, in order. RULES 28 and 34.
 */
class ReadOnlyBesideWriterTest {
    private static final int LEDGERS = 4;
    private static final int ENTRIES_BEFORE = 400_000;
    private static final int IN_FLIGHT = 4_000;
    private static final int OPENS = Integer.getInteger("daybook.reader.opens", 12);

    private static EngineConfig.Builder config(Path directory) {
        return EngineConfig.builder(directory).memoryBudget(16 << 20).segmentBytes(32 << 20);
    }

    /** Entry number n goes to ledger n % LEDGERS and says n. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) throws IOException {
            Path stop = Path.of(arguments[1]);
            try (LedgerEngine engine =
                    LedgerEngine.open(config(Path.of(arguments[0])).build())) {
                Deque<CompletableFuture<Void>> inFlight = new ArrayDeque<>();
                for (long n = 0; n % 1000 != 0 || !Files.exists(stop); n++) {
                    inFlight.add(engine.append(n % LEDGERS, n / LEDGERS, entry(n)));
                    if (inFlight.size() == IN_FLIGHT) {
                        inFlight.remove().join();
                    }
                    if (n == ENTRIES_BEFORE) {
                        engine.flush();
                        System.out.println("filled");
                    }
                }
                inFlight.forEach(CompletableFuture::join);
            }
            System.out.println(ForkedJvm.DONE);
        }
    }

    private static ByteBuf entry(long n) {
        return Unpooled.wrappedBuffer(
                ByteBuffer.allocate(24).putLong(n).putLong(~n).putLong(n * 31).flip());
    }

    @Test
    void eachUsesTheIndexAndShowsAPrefix(@TempDir Path store, @TempDir Path scratch) throws Exception {
        Path stop = scratch.resolve("stop");
        ForkedJvm jvm = new ForkedJvm(scratch, Writer.class).within(Duration.ofSeconds(120 + 20L * OPENS));
        Process process = jvm.start(store, stop);
        long most = 0;
        long shown = 0;
        int opens = 0;
        try (var said = process.inputReader()) {
            assertThat(said.readLine()).as("what the writer says").isEqualTo("filled");
            shown = ENTRIES_BEFORE - IN_FLIGHT;
            for (; opens < OPENS && process.isAlive(); opens++) {
                try (DaybookEngine reader = (DaybookEngine)
                        LedgerEngine.open(config(store).readOnly(true).build())) {
                    long now = check(reader);
                    assertThat(now).as("open %d", opens).isGreaterThanOrEqualTo(shown);
                    shown = now;
                    most = Math.max(most, reader.replayedRecords());
                    assertThat(reader.replayedRecords())
                            .as("open %d of %d entries", opens, now)
                            .isLessThan(now / 2);
                }
            }
            Files.createFile(stop);
            assertThat(said.readLine()).as("what the writer says").isEqualTo(ForkedJvm.DONE);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
        System.out.println("read-only opens beside a busy writer: " + opens + ", at the last one " + shown
                + " entries, at most " + most + " records replayed");
        assertThat(process.exitValue()).isZero();
        assertThat(jvm.errorFile()).isEmpty();
        assertThat(opens).isEqualTo(OPENS);
        jvm.deleteTemporaryFiles();
    }

    /** How many entries there are, the first ones that were appended. */
    private static long check(LedgerEngine reader) {
        long entries = 0;
        for (int ledger = 0; ledger < LEDGERS; ledger++) {
            entries += reader.entryCount(ledger);
        }
        Random random = new Random(entries);
        for (int ledger = 0; ledger < LEDGERS; ledger++) {
            long count = reader.entryCount(ledger);
            assertThat(count).isEqualTo((entries + LEDGERS - 1 - ledger) / LEDGERS);
            assertThat(reader.lastEntryId(ledger)).hasValue(count - 1);
            for (int i = 0; i < 500; i++) {
                // Half of them where index and replay meet.
                long id = i % 2 == 0 ? random.nextLong(count) : count - 1 - random.nextLong(Math.min(count, 10_000));
                ByteBuf read = reader.read(ledger, id);
                try {
                    assertThat(read).isEqualTo(entry(id * LEDGERS + ledger));
                } finally {
                    read.release();
                }
            }
        }
        return entries;
    }
}
