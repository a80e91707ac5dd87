package io.daybook.benchmarks;

import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** Fills segments of a new store and gives them back, so that those of the load are recycled files from the first one on. */
final class RecycledFiles {
    /** As many as the journal keeps. */
    static final int FILES = 4;

    private static final String PREFIX = "free-segment-";

    /** Far from those of any load. */
    private static final long LEDGER = 2_000_000_000L;

    /** More than five segments of the default size: four to recycle, one that is still written to, and what frames add. */
    private static final long BYTES = 1300L << 20;

    private static final int ENTRY_BYTES = 16 << 10;
    private static final int IN_FLIGHT = 256;
    private static final Duration WAIT_MAX = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(5);

    private RecycledFiles() {}

    /**
     * Makes them, unless they are there, and has the first of them written to: segments that were begun before any file was free
     * are new ones.
     *
     * @throws IllegalStateException if they are not there within {@link #WAIT_MAX} after the entries were deleted
     */
    static void make(LedgerEngine engine, Path journal) throws IOException {
        if (count(journal) >= FILES) {
            return;
        }
        fill(engine, LEDGER, entries -> entries < BYTES / ENTRY_BYTES);
        giveBack(engine, LEDGER, journal);
        // One is prepared as the next segment, and another one when a quarter of that is full.
        fill(engine, LEDGER + 1, entries -> count(journal) > FILES - 2);
        giveBack(engine, LEDGER + 1, journal);
    }

    /** Whether so many entries are too few. */
    @FunctionalInterface
    private interface More {
        boolean after(long entries) throws IOException;
    }

    private static void fill(LedgerEngine engine, long ledgerId, More more) throws IOException {
        ByteBuf[] payloads = Payloads.random(ENTRY_BYTES, LEDGER);
        Waits waits = new Waits();
        long entries = 0;
        while (more.after(entries)) {
            for (int i = 0; i < IN_FLIGHT; i++) {
                ByteBuf payload = payloads[(int) entries & (payloads.length - 1)];
                engine.append(
                        ledgerId, entries, payload, (ledger, id, failure, context) -> waits.completed(failure), null);
                entries++;
                waits.await(entries - IN_FLIGHT);
            }
        }
        waits.await(entries);
    }

    private static void giveBack(LedgerEngine engine, long ledgerId, Path journal) throws IOException {
        engine.delete(ledgerId).join();
        // Only what the index holds is dropped, and nothing of it may be left to flush in the time of the load.
        engine.flush();
        long deadline = System.nanoTime() + WAIT_MAX.toNanos();
        for (long count = count(journal); count < FILES; count = count(journal)) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("only " + count + " of " + FILES + " files in " + journal
                        + " are free to be recycled, " + WAIT_MAX.toSeconds() + " s after their entries were deleted");
            }
            Threads.sleep(PAUSE);
        }
    }

    /** Files that are free to be used again. */
    static long count(Path journal) throws IOException {
        try (Stream<Path> files = Files.list(journal)) {
            return files.filter(file -> file.getFileName().toString().startsWith(PREFIX))
                    .count();
        }
    }
}
