package io.daybook.engine.lifecycle;

import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import java.io.IOException;

/** Calls whatever index is there unusable, so that opening the engine builds a new one. */
public final class ForcedRebuild implements IndexStore {
    private final IndexStore store;

    /** Over the real one. */
    public ForcedRebuild(IndexStore store) {
        this.store = store;
    }

    @Override
    public LocationIndex open() throws IOException {
        throw new IndexException(IndexException.Kind.DAMAGED, "a rebuild was asked for", null);
    }

    @Override
    public LocationIndex openFresh() throws IOException {
        return store.openFresh();
    }

    @Override
    public LocationIndex replaceBy(LocationIndex fresh) throws IOException {
        return store.replaceBy(fresh);
    }

    @Override
    public void markDamaged() throws IOException {
        store.markDamaged();
    }
}
