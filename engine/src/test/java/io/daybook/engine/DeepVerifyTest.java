package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.index.IndexBatch;
import io.daybook.index.LedgerRow;
import io.daybook.index.Location;
import io.daybook.index.RocksLocationIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code verify --deep} says of an index that reads well and is wrong. Faults F17; invariants I5, I8, I15. */
@Timeout(120)
class DeepVerifyTest {
    private static final long LEDGER = 7;

    @TempDir
    Path temporary;

    /** Writes a wrong batch into the index of a store; what deep then says. */
    private List<String> said(BiConsumer<RocksLocationIndex, IndexBatch> wrong) throws IOException {
        Path store = temporary.resolve("store");
        TestEngines engines =
                TestEngines.openKeepingParts(RealStores.small(store).build());
        try (LedgerEngine engine = engines.engine()) {
            for (long entry = 0; entry < 600; entry++) {
                engine.append(LEDGER, entry, RealStores.bytes("entry " + entry));
            }
            engine.setLastAddConfirmed(LEDGER, 400).join();
            engine.putMetadata(8, RealStores.bytes("metadata")).join();
            engine.flush();
            IndexBatch batch = engines.index().newBatch();
            wrong.accept(engines.index(), batch);
            batch.checkpoint(engines.index().checkpoint().orElseThrow());
            engines.index().write(batch);
            batch.close();
        }
        StoreTools.Verification verified =
                StoreTools.verifyDeep(RealStores.small(store).build(), (what, done, total) -> {});
        assertThat(verified.notes()).isEmpty();
        // A reader who is sent to the wrong place may meet damage there; it is the index that is wrong.
        return verified.damages().stream()
                .filter(damage -> damage.file().equals(store.resolve("index").toString()))
                .map(StoreTools.Damage::what)
                .toList();
    }

    private static LedgerRow row(RocksLocationIndex index) {
        return index.ledgers().stream()
                .filter(row -> row.ledgerId() == LEDGER)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void nothingOfAnIndexThatIsRight() throws IOException {
        assertThat(said((index, batch) -> {})).isEmpty();
    }

    @Test
    void aLocationOfAnotherEntry() throws IOException {
        assertThat(said((index, batch) -> {
                    long generation = row(index).generation();
                    Location other = index.find(LEDGER, generation, 300);
                    batch.put(LEDGER, generation, 301, other.segmentId(), other.offset(), other.length());
                }))
                .anyMatch(what -> what.startsWith("ledger 7: entry 301 is found at "));
    }

    @Test
    void entriesThatAreNotThere() throws IOException {
        assertThat(said((index, batch) -> batch.truncateAfter(LEDGER, row(index).generation(), 550)))
                .anyMatch(what -> what.contains("row of ledger 7 says 600 entries"))
                .anyMatch(what -> what.startsWith("ledger 7: entry 551 is found at null"));
    }

    @Test
    void aLedgerThatIsNotThere() throws IOException {
        assertThat(said((index, batch) -> batch.removeLedger(8))).containsExactly("ledger 8: is not there");
    }

    @Test
    void aLedgerThatShouldNotBeThere() throws IOException {
        assertThat(said((index, batch) ->
                        batch.putLedger(new LedgerRow(9, 5, false, -1, 0, -1, -1, 0, 0, 0, new byte[] {1}))))
                .containsExactly("ledger 9: should not be there");
    }

    @Test
    void aStateThatIsAnOldOne() throws IOException {
        assertThat(said((index, batch) -> {
                    LedgerRow row = row(index);
                    batch.putLedger(new LedgerRow(
                            row.ledgerId(),
                            row.generation(),
                            true,
                            row.lastAddConfirmed(),
                            row.trimBound(),
                            row.firstEntryId(),
                            row.lastEntryId(),
                            row.entryCount(),
                            row.bytes(),
                            row.nextEntryId(),
                            row.metadata()));
                }))
                .containsExactly("ledger 7: fenced is true, the segments say false");
    }

    @Test
    void fewerLiveBytesThanLive() throws IOException {
        assertThat(said((index, batch) -> {
                    LedgerRow row = row(index);
                    long segment = index.find(LEDGER, row.generation(), 0).segmentId();
                    batch.addLiveBytes(segment, LEDGER, row.generation(), -100);
                }))
                .singleElement()
                .asString()
                .startsWith("live bytes of segment ");
    }
}
