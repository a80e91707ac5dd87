package io.daybook.engine.ledger;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.read.View;
import io.daybook.index.LedgerRow;
import io.daybook.index.MemoryLocationIndex;
import org.junit.jupiter.api.Test;

class LedgersAsOfTest {
    /** A rebuild that found fewer entries than the table of ledgers says must not be the new truth. */
    @Test
    void missingEntriesAreRefused() {
        LedgersAsOf table = new LedgersAsOf(100);
        table.add(new LedgerRow(7, 1, false, -1, 0, 0, 1, 2, 20, 2, null));
        table.begin(new Ledgers());
        assertThatThrownBy(() -> table.pass(new View(new MemoryLocationIndex(), 64, new Publication())))
                .isInstanceOf(CorruptStoreException.class)
                .hasMessageContaining("ledger 7 had 2 entries");
    }
}
