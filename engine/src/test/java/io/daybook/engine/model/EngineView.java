package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.copy;
import static io.daybook.engine.model.Answers.optional;
import static io.daybook.engine.model.Answers.taken;

import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.LedgerException;
import io.daybook.engine.NoSuchEntryException;
import io.daybook.index.LedgerRow;
import java.util.Arrays;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.function.Supplier;

/** What an engine shows of all ledgers, asked for in several ways that must agree. */
final class EngineView {
    private EngineView() {}

    static ModelState of(LedgerEngine engine) {
        ModelState seen = new ModelState();
        long before = -1;
        for (long id : engine.ledgers().toArray()) {
            require(id > before, "ledgers are not ascending at " + id);
            before = id;
            ModelLedger ledger = new ModelLedger(id, 0);
            try (EntryCursor cursor = engine.scan(id, 0, Arguments.MAX_ENTRY)) {
                while (cursor.next()) {
                    ledger.entries.put(cursor.entryId(), copy(cursor.entry()));
                }
            }
            ledger.fenced = engine.isFenced(id);
            ledger.lastAddConfirmed = engine.lastAddConfirmed(id);
            ledger.metadata = engine.metadata(id).map(Answers::taken).orElse(null);
            requireAgreement(engine, ledger);
            seen.ledgers.put(id, ledger);
        }
        return seen;
    }

    /** How ways to ask for the same differ, null: they agree. */
    static String disagreement(LedgerEngine engine, ModelLedger ledger) {
        Supplier<String> what = () -> "ledger " + ledger.id + " with " + ledger.entries.keySet() + ": ";
        if (!engine.exists(ledger.id)) {
            return what.get() + "does not exist";
        }
        if (engine.entryCount(ledger.id) != ledger.entries.size()) {
            return what.get() + "count " + engine.entryCount(ledger.id);
        }
        if (!engine.firstEntryId(ledger.id).equals(optional(ledger.first()))) {
            return what.get() + "first id " + engine.firstEntryId(ledger.id);
        }
        if (!engine.lastEntryId(ledger.id).equals(optional(ledger.last()))) {
            return what.get() + "last id " + engine.lastEntryId(ledger.id);
        }
        PrimitiveIterator.OfLong ids = engine.entries(ledger.id);
        for (long id : ledger.entries.keySet()) {
            if (!ids.hasNext() || ids.nextLong() != id) {
                return what.get() + "entries() is wrong at " + id;
            }
        }
        return ids.hasNext() ? what.get() + "entries() has more" : null;
    }

    private static void requireAgreement(LedgerEngine engine, ModelLedger ledger) {
        String disagreement = disagreement(engine, ledger);
        require(disagreement == null, disagreement);
        for (long id : List.of(ledger.first(), ledger.last())) {
            byte[] wanted = ledger.entries.get(id);
            if (wanted != null) {
                require(
                        Arrays.equals(wanted, taken(engine.read(ledger.id, id))),
                        "ledger " + ledger.id + ": read of " + id);
                if (id < Arguments.MAX_ENTRY && !ledger.entries.containsKey(id + 1)) {
                    requireAbsent(engine, ledger.id, id + 1);
                }
            }
        }
        if (ledger.entries.isEmpty()) {
            requireAbsent(engine, ledger.id, 0);
        }
    }

    private static void requireAbsent(LedgerEngine engine, long ledgerId, long entryId) {
        try {
            taken(engine.read(ledgerId, entryId));
        } catch (NoSuchEntryException e) {
            return;
        } catch (LedgerException e) {
            throw new AssertionError("read of a gap, ledger " + ledgerId + ", entry " + entryId, e);
        }
        throw new AssertionError("ledger " + ledgerId + " has entry " + entryId + " that no scan met");
    }

    /** How the rows of an index differ from the whole state, bounds included; null: not at all. */
    static String difference(ModelState state, List<LedgerRow> rows) {
        if (rows.size() != state.ledgers.size()) {
            return "index has " + rows.size() + " ledgers, wanted " + state.ledgers.keySet();
        }
        for (LedgerRow row : rows) {
            ModelLedger ledger = state.get(row.ledgerId());
            if (ledger == null
                    || row.fenced() != ledger.fenced
                    || row.lastAddConfirmed() != ledger.lastAddConfirmed
                    || row.trimBound() != ledger.trimBound
                    || row.nextEntryId() != ledger.nextId
                    || row.firstEntryId() != ledger.first()
                    || row.lastEntryId() != ledger.last()
                    || row.entryCount() != ledger.entries.size()
                    || row.bytes() != ledger.bytes()
                    || !Arrays.equals(row.metadata(), ledger.metadata)) {
                return "row " + row + ", wanted "
                        + (ledger == null
                                ? "none"
                                : ledger.entries.keySet() + ", next " + ledger.nextId + ", trim " + ledger.trimBound
                                        + ", " + ledger.bytes() + " bytes");
            }
        }
        return null;
    }

    private static void require(boolean good, String what) {
        if (!good) {
            throw new AssertionError(what);
        }
    }
}
