package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.EntryReader;
import io.daybook.benchmarks.LoadShape;
import io.daybook.benchmarks.PageCache;
import io.daybook.benchmarks.Sinks;
import io.daybook.benchmarks.Workspace;
import io.daybook.benchmarks.report.Figure;
import io.daybook.benchmarks.report.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Opening a store whose process ended in the middle, page cache warm, until the newest entry was read. For Daybook the index is
 * put back to what it was when the store was new, as a host that flushes seldom would leave it: all that was appended since must
 * come from the journal. BookKeeper is filled with a write cache that holds it all, as it flushes when half of its cache is full,
 * and in less than its flush interval of a minute; it is opened as shipped.
 */
final class OpenMeasurement {
    private static final String ASIDE = "index-aside";

    private OpenMeasurement() {}

    /** Fills a store and ends this JVM as a kill would. */
    static void fillAndHalt(String store, Filling filling, Path directory) throws IOException {
        if (store.equals(Sinks.RAW)) {
            RawFile.fill(directory, filling);
            return;
        }
        Path index = directory.resolve(store).resolve("index");
        if (store.equals(Sinks.DAYBOOK)) {
            sink(store, filling, directory).close();
            copy(index, directory.resolve(ASIDE));
        }
        filling.append(sink(store, filling, directory));
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    static Run open(String store, Filling filling, Path directory) throws IOException {
        Path aside = directory.resolve(ASIDE);
        if (Files.exists(aside)) {
            Path index = directory.resolve(store).resolve("index");
            Workspace.delete(index);
            copy(aside, index);
            Workspace.delete(aside);
        }
        long bytes = PageCache.warm(directory);
        long begin = System.nanoTime();
        long nanos;
        if (store.equals(Sinks.RAW)) {
            PageCache.warm(directory);
            nanos = System.nanoTime() - begin;
        } else {
            try (AppendSink sink = sink(store, filling, directory);
                    EntryReader reader = sink.reader()) {
                reader.read(0, filling.entriesPerLedger() - 1);
                nanos = System.nanoTime() - begin;
            }
        }
        return new Measured()
                .figure(Figure.TIME, nanos)
                .figure(Figure.BYTES, bytes * 1e9 / nanos)
                .run();
    }

    private static AppendSink sink(String store, Filling filling, Path directory) throws IOException {
        return Sinks.open(store, directory, new LoadShape(filling.entryBytes(), 1000, filling.ledgers(), 1));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
