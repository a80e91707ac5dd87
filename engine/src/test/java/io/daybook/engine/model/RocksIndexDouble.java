package io.daybook.engine.model;

import io.daybook.engine.lifecycle.RocksIndexStore;
import io.daybook.index.IndexException;
import io.daybook.index.IndexOptions;
import io.daybook.index.LedgerRow;
import io.daybook.index.LocationIndex;
import io.daybook.storage.FaultCounts;
import io.daybook.storage.NioStorage;
import io.daybook.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Keeps the index in RocksDB, below a directory of its own. What a power loss takes is the index as a whole or nothing. */
final class RocksIndexDouble implements IndexDouble {
    private static final IndexOptions OPTIONS =
            new IndexOptions(8 << 20, 2 << 20, false, false, 64, Duration.ofSeconds(10), 64 << 10);

    private final Path directory;
    private final RocksIndexStore store;
    private LocationIndex current;
    private LocationIndex fresh;
    private List<LedgerRow> lastRows = List.of();
    /** Null: it could not be read when it was closed. */
    private IndexDump lastDump;

    private int copies;
    /** A copy is made when the index is closed next. */
    private boolean copyWanted;

    RocksIndexDouble(Path directory) throws IOException {
        this.directory = directory;
        Storage root = NioStorage.at(directory, true);
        this.store = new RocksIndexStore(root, directory, OPTIONS, "model");
    }

    @Override
    public LocationIndex open() throws IOException {
        if (copyWanted && Files.exists(directory.resolve("index"))) {
            copyWanted = false;
            copy(directory.resolve("index"), directory.resolve("copy-" + copies++));
        }
        fresh = null;
        current = watched(store.open());
        return current;
    }

    @Override
    public LocationIndex openFresh() throws IOException {
        fresh = watched(store.openFresh());
        return fresh;
    }

    @Override
    public LocationIndex replaceBy(LocationIndex closed) throws IOException {
        fresh = null;
        current = watched(store.replaceBy(closed));
        return current;
    }

    /** Rows can be asked for until the index is closed, so they are taken then. */
    private LocationIndex watched(LocationIndex index) {
        return new MutantIndex(index) {
            private boolean closed;

            @Override
            public void close() {
                if (!closed) {
                    closed = true;
                    try {
                        lastRows = super.ledgers();
                        lastDump = IndexDump.of(this);
                    } catch (IndexException e) {
                        lastRows = List.of();
                    }
                }
                super.close();
            }
        };
    }

    private void closed() {
        for (LocationIndex index : new LocationIndex[] {current, fresh}) {
            if (index != null) {
                index.close();
            }
        }
        current = null;
        fresh = null;
    }

    @Override
    public void kill() {
        closed();
    }

    @Override
    public void powerLoss(SplittableRandom random) throws IOException {
        closed();
        if (random.nextInt(4) == 0) {
            lose();
        } else if (random.nextInt(4) == 0) {
            setBack(random);
        }
    }

    @Override
    public void lose() throws IOException {
        closed();
        delete(directory.resolve("index"));
    }

    @Override
    public void remember() {
        copyWanted = true;
    }

    @Override
    public boolean setBack(SplittableRandom random) throws IOException {
        if (copies == 0) {
            return false;
        }
        closed();
        delete(directory.resolve("index"));
        copy(directory.resolve("copy-" + random.nextInt(copies)), directory.resolve("index"));
        return true;
    }

    @Override
    public void failWrites(IndexException.Kind kind, int times) {
        // Not with this one.
    }

    @Override
    public FaultCounts failed() {
        return new FaultCounts();
    }

    @Override
    public List<LedgerRow> rows() {
        try {
            return current.ledgers();
        } catch (IndexException e) {
            return lastRows;
        }
    }

    @Override
    public IndexDump dump() {
        try {
            return IndexDump.of(current);
        } catch (IndexException e) {
            return lastDump;
        }
    }

    @Override
    public long liveBytes() {
        IndexDump dump = dump();
        return dump == null
                ? -1
                : dump.liveBytes().values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public void close() throws IOException {
        closed();
        delete(directory);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }

    private static void delete(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
