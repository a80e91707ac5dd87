package io.daybook.engine.lifecycle;

import io.daybook.index.IndexException;
import io.daybook.index.IndexOptions;
import io.daybook.index.LocationIndex;
import io.daybook.index.RocksLocationIndex;
import io.daybook.lease.Lease;
import io.daybook.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The index in RocksDB, in the directory {@code index} of the store. Each open has a lease of its own. Threads as {@link IndexStore}
 * says.
 */
public final class RocksIndexStore implements IndexStore {
    private static final String CURRENT = "index";
    private static final String FRESH = "index.new";
    private static final String OLD = "index.old";
    /** An empty file: a read of the index met damage. */
    private static final String DAMAGED = "index.damaged";

    private final Storage root;
    private final Path directory;
    private final IndexOptions options;
    private final String name;
    private final AtomicInteger opens = new AtomicInteger();

    /**
     * An index store.
     *
     * @param root of the store, for renames
     * @param directory its path
     */
    public RocksIndexStore(Storage root, Path directory, IndexOptions options, String name) {
        this.root = root;
        this.directory = directory;
        this.options = options;
        this.name = name;
    }

    @Override
    public LocationIndex open() throws IOException {
        if (!options.readOnly()) {
            if (root.exists(OLD)) {
                root.delete(OLD);
            }
            if (root.exists(FRESH)) {
                root.delete(FRESH);
            }
        }
        if (root.exists(DAMAGED)) {
            throw new IndexException(IndexException.Kind.DAMAGED, "a read of it met damage", null);
        }
        return open(CURRENT);
    }

    @Override
    public LocationIndex openForReading() throws IOException {
        if (root.exists(DAMAGED)) {
            throw new IndexException(IndexException.Kind.DAMAGED, "a read of it met damage", null);
        }
        checkManifest(CURRENT);
        return RocksLocationIndex.open(
                directory.resolve(CURRENT),
                options.withReadOnly(true),
                new Lease(name + " " + CURRENT + " for reading"));
    }

    @Override
    public long reserveBytes() {
        return options.readOnly() ? 0 : 2 * options.writeBufferBytes();
    }

    @Override
    public LocationIndex openFresh() throws IOException {
        if (root.exists(FRESH)) {
            root.delete(FRESH);
        }
        return open(FRESH);
    }

    @Override
    public LocationIndex replaceBy(LocationIndex fresh) throws IOException {
        try {
            fresh.sync();
        } finally {
            fresh.close();
        }
        if (root.exists(CURRENT)) {
            if (root.exists(OLD)) {
                // Of a replacement that broke off; a forced rebuild has not looked for it.
                root.delete(OLD);
            }
            root.rename(CURRENT, OLD);
        }
        root.rename(FRESH, CURRENT);
        root.syncDirectory();
        if (root.exists(DAMAGED)) {
            root.delete(DAMAGED);
        }
        if (root.exists(OLD)) {
            root.delete(OLD);
        }
        return open(CURRENT);
    }

    @Override
    public void markDamaged() throws IOException {
        if (!options.readOnly() && !root.exists(DAMAGED)) {
            root.create(DAMAGED).close();
            root.syncDirectory();
        }
    }

    private LocationIndex open(String which) throws IOException {
        if (!options.readOnly()) {
            root.directory(which, true);
        }
        checkManifest(which);
        return RocksLocationIndex.open(
                directory.resolve(which), options, new Lease(name + " " + which + " " + opens.incrementAndGet()));
    }

    private void checkManifest(String which) throws IOException {
        if (root.exists(which)) {
            RocksManifest.check(root.directory(which, false));
        }
    }
}
