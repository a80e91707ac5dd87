package io.daybook.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.lease.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rows of format version 1 as they were when it was published, a row a line, key and value in hex: what is written today is the
 * same, and what was written then is read. They change only with the version; {@code -Ddaybook.golden=write} writes them anew.
 */
class IndexFormatGoldenTest {
    private static final Path GOLDEN = Path.of("src", "test", "resources", "golden", "index-rows-v1.txt");
    private static final IndexOptions OPTIONS = IndexOptions.defaults().withMemoryBytes(12 << 20);
    private static final HexFormat HEX = HexFormat.of();

    private static final LedgerRow PLAIN = new LedgerRow(7, 1L << 32, false, -1, 0, 0, 599, 600, 60_000, 600, null);
    private static final LedgerRow FULL =
            new LedgerRow(8, (1L << 32) + 1, true, 299, 5, 10, 1000, 44, 4400, 1001, new byte[] {1, 2, 3, 4});
    private static final LedgerRow EMPTY = new LedgerRow(Long.MAX_VALUE, 3, false, -1, 0, -1, -1, 0, 0, 0, new byte[0]);
    private static final Checkpoint CHECKPOINT =
            new Checkpoint(0x1122334455667701L, 0x1122334455667702L, 0x1122334455667703L, 0, (1L << 32) + 700);

    @TempDir
    private Path directory;

    private RocksLocationIndex open() {
        return RocksLocationIndex.open(directory, OPTIONS, Lease.debug("index"));
    }

    /** Entries of dense buckets, of listed slots and of a bitmap; several segments; a row of two fragments; a cut. */
    private void fill(LocationIndex index) {
        try (IndexBatch batch = index.newBatch()) {
            for (long entry = 0; entry < 600; entry++) {
                batch.put(7, PLAIN.generation(), entry, 1, 4160 + entry * 124, 100);
            }
            for (int i = 0; i < 8; i++) {
                batch.put(8, FULL.generation(), 10 + 3L * i, 1 + i / 4, 80_000 + i * 1000L, 100 + i);
            }
            for (int i = 0; i < 40; i++) {
                batch.put(8, FULL.generation(), 256 + 5L * i, 3, 4160 + i * 124L, 100);
            }
            batch.putLedger(PLAIN);
            batch.putLedger(FULL);
            batch.addLiveBytes(1, 7, PLAIN.generation(), 60_000);
            batch.addLiveBytes(2, 8, FULL.generation(), 400);
            batch.checkpoint(new Checkpoint(
                    CHECKPOINT.storeIdHigh(), CHECKPOINT.storeIdLow(), CHECKPOINT.incarnation(), 0, 1L << 32));
            index.write(batch);
        }
        try (IndexBatch batch = index.newBatch()) {
            batch.truncateAfter(8, FULL.generation(), 400);
            batch.put(8, FULL.generation(), 12, 2, 99_000, 7);
            batch.put(8, FULL.generation(), 1000, Long.MAX_VALUE, Location.OFFSET_MAX, Location.LENGTH_MAX);
            batch.putLedger(EMPTY);
            batch.addLiveBytes(2, 8, FULL.generation(), -93);
            batch.dropGeneration(9, 5);
            batch.checkpoint(CHECKPOINT);
            index.write(batch);
        }
    }

    private List<String> rows() {
        List<String> rows = new ArrayList<>();
        try (RocksHandle rocks = new RocksHandle(directory, OPTIONS, Lease.debug("rows"))) {
            rocks.scan(new byte[0], true, Integer.MAX_VALUE, (key, value) -> {
                rows.add(HEX.formatHex(key) + " " + HEX.formatHex(value));
                return true;
            });
        }
        return rows;
    }

    @Test
    void whatIsWrittenIsTheGoldenRows() throws IOException {
        try (LocationIndex index = open()) {
            fill(index);
        }
        List<String> rows = rows();
        if ("write".equals(System.getProperty("daybook.golden"))) {
            Files.createDirectories(GOLDEN.getParent());
            Files.write(GOLDEN, rows);
        }
        assertThat(rows).containsExactlyElementsOf(Files.readAllLines(GOLDEN));
    }

    @Test
    void theGoldenRowsAreRead() throws IOException {
        try (RocksHandle rocks = new RocksHandle(directory, OPTIONS, Lease.debug("rows"))) {
            BatchLog batch = new BatchLog(1 << 16);
            for (String row : Files.readAllLines(GOLDEN)) {
                int space = row.indexOf(' ');
                batch.put(HEX.parseHex(row.substring(0, space)), HEX.parseHex(row.substring(space + 1)));
            }
            rocks.write(batch.toBytes(), batch.count());
        }
        try (LocationIndex index = open()) {
            Map<Long, Location> plain = new TreeMap<>();
            for (long entry = 0; entry < 600; entry++) {
                plain.put(entry, new Location(1, 4160 + entry * 124, 100));
            }
            assertThat(entries(index, 7, PLAIN.generation())).isEqualTo(plain);

            Map<Long, Location> full = new TreeMap<>();
            for (int i = 0; i < 8; i++) {
                full.put(10 + 3L * i, new Location(1 + i / 4, 80_000 + i * 1000L, 100 + i));
            }
            for (int i = 0; i < 29; i++) {
                full.put(256 + 5L * i, new Location(3, 4160 + i * 124L, 100));
            }
            full.put(12L, new Location(2, 99_000, 7));
            full.put(1000L, new Location(Long.MAX_VALUE, Location.OFFSET_MAX, Location.LENGTH_MAX));
            assertThat(entries(index, 8, FULL.generation())).isEqualTo(full);

            assertThat(index.ledgers())
                    .usingRecursiveFieldByFieldElementComparator()
                    .containsExactly(PLAIN, FULL, EMPTY);
            assertThat(index.liveBytes()).isEqualTo(Map.of(1L, 60_000L, 2L, 307L));
            assertThat(index.checkpoint()).contains(CHECKPOINT);
        }
    }

    private static Map<Long, Location> entries(LocationIndex index, long ledgerId, long generation) {
        Map<Long, Location> entries = new TreeMap<>();
        for (LocationIndex.Found found = index.ceiling(ledgerId, generation, 0);
                found != null;
                found = index.ceiling(ledgerId, generation, found.entryId() + 1)) {
            entries.put(found.entryId(), found.location());
            assertThat(index.find(ledgerId, generation, found.entryId())).isEqualTo(found.location());
        }
        return entries;
    }
}
