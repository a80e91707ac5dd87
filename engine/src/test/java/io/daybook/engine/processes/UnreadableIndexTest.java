package io.daybook.engine.processes;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.testing.ForkedJvm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The device cannot read a block of a table of the index: an open builds the index again; a read that meets it fails by name, and
 * the next open builds it again. No answer is wrong, and nobody has to ask for a rebuild.
 */
@Tag("process")
class UnreadableIndexTest {
    private static final int LEDGERS = 100;
    private static final int ENTRIES = 2_000;
    /** Reads of the table by the thread that opens and reads: first those of an open, then those of gets. */
    private static final int[] CALLS = {1, 4, 8, 12};

    @TempDir
    private Path directory;

    @Test
    @Timeout(240)
    void whatCannotBeReadIsBuiltAgain() throws Exception {
        Tracer.assumeAvailable("an index that cannot be read");
        int rebuiltAtOnce = 0;
        int rebuiltNext = 0;
        for (int call : CALLS) {
            Path store = directory.resolve("store-" + call);
            fill(store);
            Tracer tracer = new Tracer(directory).newestIndexTable(store);
            ForkedJvm.Result met = run(store, tracer.fail("pread64", "error=EIO", call));
            assertThat(tracer.injected()).as("call %d: %s", call, met.stderr()).isPositive();
            boolean failed = !met.lines().contains("failed: 0");
            boolean rebuilt = met.stderr().contains("index is rebuilt");
            ForkedJvm.Result next = run(store, List.of());
            assertThat(next.lines()).as("call %d: %s", call, next.stderr()).contains("failed: 0");
            assertThat(next.stderr().contains("index is rebuilt"))
                    .as("call %d: %s, then %s", call, met.stderr(), next.stderr())
                    .isEqualTo(failed);
            rebuiltAtOnce += rebuilt ? 1 : 0;
            rebuiltNext += failed ? 1 : 0;
        }
        assertThat(rebuiltAtOnce).isPositive();
        assertThat(rebuiltNext).isPositive();
        System.out.printf(
                "a read of a table of the index failed: rebuilt by that open: %d, by the next: %d; wrong answers: 0%n",
                rebuiltAtOnce, rebuiltNext);
    }

    private ForkedJvm.Result run(Path store, List<String> tracer) throws Exception {
        Path scratch = Files.createTempDirectory(directory, "run");
        return new ForkedJvm(scratch, Reader.class).under(tracer).run(store).good();
    }

    private static void fill(Path store) {
        // RocksDB numbers its files: none that is built anew is to have the name of one that cannot be read.
        for (int i = 0; i < 10; i++) {
            LedgerEngine.open(config(store)).close();
        }
        try (LedgerEngine engine = LedgerEngine.open(config(store))) {
            CompletableFuture<?> last = null;
            for (int entry = 0; entry < ENTRIES; entry++) {
                for (int ledger = 1; ledger <= LEDGERS; ledger++) {
                    last = engine.append(ledger, entry, content(ledger, entry));
                }
            }
            last.join();
            engine.flush();
        }
        // The next open writes what the log of the index holds to a table.
        LedgerEngine.open(config(store)).close();
    }

    private static EngineConfig config(Path store) {
        return EngineConfig.builder(store).segmentBytes(4 << 20).build();
    }

    private static ByteBuf content(int ledger, int entry) {
        // Lengths that no two rows share: the table has many blocks.
        byte[] bytes = new byte[new SplittableRandom(ledger * 1_000_000L + entry).nextInt(100)];
        Arrays.fill(bytes, (byte) (ledger + 7 * entry));
        return Unpooled.wrappedBuffer(bytes);
    }

    /** Opens a store and reads all of it; says how many entries could not be read. Argument: directory. */
    static final class Reader {
        private Reader() {}

        public static void main(String[] args) {
            int failed = 0;
            try (LedgerEngine engine = LedgerEngine.open(config(Path.of(args[0])))) {
                for (int entry = 0; entry < ENTRIES; entry += 50) {
                    for (int ledger = 1; ledger <= LEDGERS; ledger++) {
                        failed += isThere(engine, ledger, entry) ? 0 : 1;
                    }
                }
                failed += isWritten(engine) ? 0 : 1;
            }
            System.out.println("failed: " + failed);
            System.out.println(ForkedJvm.DONE);
        }

        private static boolean isThere(LedgerEngine engine, int ledger, int entry) {
            ByteBuf read;
            try {
                read = engine.read(ledger, entry);
            } catch (RuntimeException e) {
                expected(e);
                return false;
            }
            try {
                if (!read.equals(content(ledger, entry))) {
                    throw new IllegalStateException("entry " + entry + " of ledger " + ledger + " has other bytes");
                }
            } finally {
                read.release();
            }
            return true;
        }

        /** What background work met is told to a write. */
        private static boolean isWritten(LedgerEngine engine) {
            try {
                engine.append(LEDGERS + 1, 0, content(0, 0)).join();
                engine.flush();
            } catch (RuntimeException e) {
                expected(e);
                return false;
            }
            return true;
        }

        private static void expected(RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (String.valueOf(cause.getMessage()).contains("Input/output error")) {
                    System.err.println(e);
                    return;
                }
            }
            throw e;
        }
    }
}
