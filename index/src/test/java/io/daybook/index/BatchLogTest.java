package io.daybook.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

class BatchLogTest {
    private static final int VALUE_BYTES = 80_000;

    @TempDir
    Path directory;

    @BeforeAll
    static void load() {
        RocksHandle.loadLibrary();
    }

    /** Blanks of each length that has another form, and where one more byte of their length would be needed. */
    @Test
    void anArrayUsedBeforeIsFilledUpWithWhatRocksDbPassesOver() throws RocksDBException {
        List<Integer> blanks = new ArrayList<>();
        for (int length = 2; length < 17_000; length += length > 140 && length < 16_380 ? 997 : 7) {
            blanks.add(length);
        }
        blanks.addAll(List.of(128, 129, 130, 131, 132, 133, 16_385, 16_386, 16_387, 16_388, 16_389, 16_390));
        try (Options options = new Options().setCreateIfMissing(true);
                WriteOptions synced = new WriteOptions().setSync(true)) {
            try (RocksDB database = RocksDB.open(options, directory.toString())) {
                for (int length : blanks) {
                    BatchLog log = batch(length);
                    byte[] exact = log.toBytes();
                    byte[] used = new byte[exact.length + length];
                    Arrays.fill(used, (byte) 9);
                    assertThat(log.toBytes(used) == used).as(length + " blanks").isTrue();
                    assertThat(Arrays.equals(used, 0, exact.length, exact, 0, exact.length))
                            .isTrue();
                    assertThat(Arrays.equals(log.toBytes(), exact)).isTrue();
                    try (WriteBatch writes = new WriteBatch(used)) {
                        assertThat(writes.count()).isEqualTo(2);
                        database.write(synced, writes);
                    }
                }
                assertHas(database, blanks);
            }
            // All of it comes from the log once more.
            try (RocksDB database = RocksDB.open(options, directory.toString())) {
                assertHas(database, blanks);
            }
        }
    }

    private static void assertHas(RocksDB database, List<Integer> blanks) throws RocksDBException {
        for (int length : blanks) {
            assertThat(database.get(key(length))).as(length + " blanks").hasSize(VALUE_BYTES);
            assertThat(database.get(key(-length))).as(length + " blanks").containsExactly(1);
        }
    }

    private static BatchLog batch(int length) {
        BatchLog log = new BatchLog(64);
        log.put(key(length), new byte[VALUE_BYTES]);
        log.put(key(-length), new byte[] {1});
        return log;
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(4).putInt(number).array();
    }

    @Test
    void anArrayThatIsNoFitStays() {
        BatchLog log = new BatchLog(64);
        log.put(new byte[] {1}, new byte[1000]);
        assertThat(log.toBytes(null).length).isBetween(log.bytes() + 2, log.bytes() * 5 / 4);
        // Room for one blank byte is none.
        assertThat(log.toBytes(new byte[log.bytes() + 1]).length).isGreaterThan(log.bytes() + 1);
        assertThat(log.toBytes(new byte[log.bytes()]).length).isGreaterThan(log.bytes());
        byte[] wide = new byte[log.bytes() * 2];
        assertThat(log.toBytes(wide)).isNotSameAs(wide).hasSize(log.bytes());
    }
}
