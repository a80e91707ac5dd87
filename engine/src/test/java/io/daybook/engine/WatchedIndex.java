package io.daybook.engine;

import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.LocationIndex;
import io.daybook.journal.JournalClock;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/** A real index that tells of each call before it takes it, so that a test can hold it up or let it fail. */
final class WatchedIndex implements IndexStore {
    private final IndexStore store;
    private final Consumer<String> before;

    private WatchedIndex(IndexStore store, Consumer<String> before) {
        this.store = store;
        this.before = before;
    }

    /**
     * The real environment with such an index.
     *
     * @param before told the name of the method
     */
    static Environment environment(EngineConfig config, JournalClock clock, Consumer<String> before)
            throws IOException {
        Environment real = EngineOpening.environment(config);
        return new Environment(
                real.root(),
                real.journal(),
                new WatchedIndex(real.index(), before),
                clock,
                real.random(),
                true,
                real.tailEntries(),
                real.tailJournalBytes(),
                real.tailsMax());
    }

    @Override
    public LocationIndex open() throws IOException {
        LocationIndex index = store.open();
        return (LocationIndex) Proxy.newProxyInstance(
                WatchedIndex.class.getClassLoader(), new Class<?>[] {LocationIndex.class}, (proxy, method, args) -> {
                    before.accept(method.getName());
                    try {
                        return method.invoke(index, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Override
    public LocationIndex openFresh() {
        throw new AssertionError("nothing is rebuilt here");
    }

    @Override
    public LocationIndex replaceBy(LocationIndex fresh) {
        throw new AssertionError("nothing is rebuilt here");
    }
}
