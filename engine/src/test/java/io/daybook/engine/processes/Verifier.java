package io.daybook.engine.processes;

import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/** Finds out how many changes are in a store: some number of them must give exactly what is there. */
final class Verifier {
    private static final int DIFFERENCES_TOLD = 5;

    private Verifier() {}

    /**
     * What is in the store.
     *
     * @param count changes of the last part
     * @param model what they give
     */
    record Found(long count, StoreModel model) {}

    /**
     * Compares.
     *
     * @param story what must be there at least
     * @param beyond so many changes more may be there
     * @throws WrongStoreException if no number of changes gives what is there
     */
    static Found find(LedgerEngine engine, Story story, long beyond) {
        StoreModel found = read(engine);
        StoreModel model = new StoreModel();
        Plan plan = story.replay(model);
        TreeSet<Long> ledgerIds = new TreeSet<>(model.ledgers.keySet());
        ledgerIds.addAll(found.ledgers.keySet());
        TreeSet<Long> different = new TreeSet<>();
        for (long ledgerId : ledgerIds) {
            if (!model.sameIn(found, ledgerId)) {
                different.add(ledgerId);
            }
        }
        long count = plan == null ? 0 : story.last().count();
        String first = different.isEmpty() ? "" : differences(model, found, different);
        for (long more = 0; !different.isEmpty(); more++) {
            if (plan == null || more == beyond) {
                throw new WrongStoreException("no number of changes from " + count + " to " + (count + more)
                        + " gives what is there; at the first of them: " + first + "; at the last of them: "
                        + differences(model, found, different));
            }
            for (Act act : plan.next().acts()) {
                if (model.sameIn(found, act.ledger())) {
                    different.remove(act.ledger());
                } else {
                    different.add(act.ledger());
                }
            }
            count = story.last().count() + more + 1;
        }
        return new Found(count, model);
    }

    private static String differences(StoreModel model, StoreModel found, TreeSet<Long> ledgerIds) {
        StringBuilder text = new StringBuilder(ledgerIds.size() + " ledgers differ");
        ledgerIds.stream()
                .limit(DIFFERENCES_TOLD)
                .forEach(ledgerId -> text.append("; ").append(model.difference(found, ledgerId)));
        return text.toString();
    }

    /** All that is there; each entry is compared with its content. */
    private static StoreModel read(LedgerEngine engine) {
        StoreModel all = new StoreModel();
        for (long ledgerId : engine.ledgers().toArray()) {
            StoreModel.Ledger ledger = new StoreModel.Ledger();
            try (EntryCursor cursor = engine.scan(ledgerId, 0, Long.MAX_VALUE - 1)) {
                while (cursor.next()) {
                    String where = "ledger " + ledgerId + " entry " + cursor.entryId();
                    ledger.entries.put(cursor.entryId(), Content.name(where, cursor.entry()));
                }
            }
            ledger.fenced = engine.isFenced(ledgerId);
            ledger.confirmed = engine.lastAddConfirmed(ledgerId);
            Optional<ByteBuf> metadata = engine.metadata(ledgerId);
            if (metadata.isPresent()) {
                ledger.metadata = Content.name("metadata of ledger " + ledgerId, metadata.get());
                metadata.get().release();
            }
            checkCounts(engine, ledgerId, ledger);
            all.ledgers.put(ledgerId, ledger);
        }
        return all;
    }

    private static void checkCounts(LedgerEngine engine, long ledgerId, StoreModel.Ledger ledger) {
        OptionalLong first =
                ledger.entries.isEmpty() ? OptionalLong.empty() : OptionalLong.of(ledger.entries.firstKey());
        OptionalLong last = ledger.entries.isEmpty() ? OptionalLong.empty() : OptionalLong.of(ledger.entries.lastKey());
        if (engine.entryCount(ledgerId) != ledger.entries.size()
                || !Objects.equals(engine.firstEntryId(ledgerId), first)
                || !Objects.equals(engine.lastEntryId(ledgerId), last)) {
            throw new WrongStoreException("ledger " + ledgerId + " says " + engine.entryCount(ledgerId)
                    + " entries from " + engine.firstEntryId(ledgerId) + " to " + engine.lastEntryId(ledgerId)
                    + ", a scan meets " + ledger.entries.size() + " from " + first + " to " + last);
        }
    }
}
