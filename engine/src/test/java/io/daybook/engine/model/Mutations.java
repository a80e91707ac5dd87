package io.daybook.engine.model;

import io.daybook.index.LedgerRow;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiPredicate;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;

/** Rigs with one thing put wrong, for tests that must find it. */
final class Mutations {

    private Mutations() {}

    /** Syncs only those files that it should; told their name and whether metadata is synced too. */
    static UnaryOperator<Rig> syncs(BiPredicate<String, Boolean> syncs) {
        return plain -> plain.withDisk(disk -> new MutantDisk(disk) {
            @Override
            boolean syncs(String file, boolean metadata) {
                return syncs.test(file, metadata);
            }
        });
    }

    static UnaryOperator<Rig> syncsNoDirectory() {
        return plain -> plain.withDisk(disk -> new MutantDisk(disk) {
            @Override
            boolean syncsDirectory() {
                return false;
            }
        });
    }

    /** Only these entries come into the index. */
    static UnaryOperator<Rig> puts(LongPredicate entries) {
        return plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            boolean puts(int batch, long entryId) {
                return entries.test(entryId);
            }
        });
    }

    static UnaryOperator<Rig> dropsNothing() {
        return plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            boolean drops() {
                return false;
            }
        });
    }

    /** Other rows come into the index. */
    static UnaryOperator<Rig> rows(UnaryOperator<LedgerRow> row) {
        return plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            LedgerRow row(LedgerRow right) {
                return row.apply(right);
            }
        });
    }

    static LedgerRow changed(LedgerRow row, boolean fenced, long trimBound, long count, long nextId) {
        return new LedgerRow(
                row.ledgerId(),
                row.generation(),
                fenced,
                row.lastAddConfirmed(),
                trimBound,
                row.firstEntryId(),
                row.lastEntryId(),
                count,
                row.bytes(),
                nextId,
                row.metadata());
    }

    static UnaryOperator<Rig> forgetsFences() {
        return rows(row -> changed(row, false, row.trimBound(), row.entryCount(), row.nextEntryId()));
    }

    static UnaryOperator<Rig> answers(MutantEngine.Answer answer) {
        return plain -> plain.withEngine(engine -> MutantEngine.of(engine, answer));
    }

    static UnaryOperator<Rig> syncsNothing() {
        return answers((right, method, arguments, call) ->
                method.equals("sync") ? CompletableFuture.completedFuture(null) : call.call(arguments));
    }
}
