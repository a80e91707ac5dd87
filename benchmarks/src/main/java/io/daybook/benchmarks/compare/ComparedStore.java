package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.Sinks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What can be compared. */
enum ComparedStore {
    RAW(Sinks.RAW, "raw", "one pre-written file of 1 GiB, round and round", Jars.OWN),
    RAW_25("raw-25", Sinks.RAW, "raw, Java 25", "one pre-written file of 1 GiB, round and round", Jars.OWN),
    DAYBOOK(Sinks.DAYBOOK, "Daybook", "new segment files; 256 KiB written ahead while commits are small", Jars.OWN),
    DAYBOOK_RING(
            Sinks.DAYBOOK_RING,
            "Daybook, recycled",
            "segment files used again from the first one on, as ledgers are trimmed to 512 MiB together",
            Jars.OWN),
    DAYBOOK_25(
            "daybook-25",
            Sinks.DAYBOOK,
            "Daybook, Java 25",
            "new segment files; 256 KiB written ahead while commits are small",
            Jars.OWN),
    DAYBOOK_NO_ROWS(
            "daybook-no-rows",
            Sinks.DAYBOOK,
            "Daybook, no rows on the heap",
            "new segment files; 256 KiB written ahead while commits are small",
            Jars.OWN),
    BOOKKEEPER("bookkeeper", "BookKeeper", "new journal and entry log files, 16 MiB sparse ahead", Jars.BOOKKEEPER),
    BOOKKEEPER_FLUSH(
            "bookkeeper-flush",
            "BookKeeper, flush when empty",
            "new journal and entry log files, 16 MiB sparse ahead",
            Jars.BOOKKEEPER),
    BOOKKEEPER_RA1(
            "bookkeeper-ra1",
            "BookKeeper, read-ahead 1",
            "new journal and entry log files, 16 MiB sparse ahead",
            Jars.BOOKKEEPER),
    ROCKSDB("rocksdb", "RocksDB", "log files used again once four were filled; new tables", Jars.OWN_AND_PEERS),
    ROCKSDB_BLOB(
            "rocksdb-blob",
            "RocksDB, BlobDB",
            "log files used again once four were filled; new tables and blob files",
            Jars.OWN_AND_PEERS),
    JRAFT("jraft", "SOFAJRaft log", "new log files and tables of its RocksDB", Jars.JRAFT);

    /** The feature version of the Java that some are measured on besides this one. */
    static final int OTHER_JAVA = 25;

    /** Which class path a store needs. */
    enum Jars {
        OWN,
        OWN_AND_PEERS,
        BOOKKEEPER,
        JRAFT
    }

    private final String key;
    private final String sink;
    private final String title;
    private final String fileState;
    private final Jars jars;

    ComparedStore(String key, String title, String fileState, Jars jars) {
        this(key, key, title, fileState, jars);
    }

    ComparedStore(String key, String sink, String title, String fileState, Jars jars) {
        this.key = key;
        this.sink = sink;
        this.title = title;
        this.fileState = fileState;
        this.jars = jars;
    }

    /** The name that the command line knows. */
    String key() {
        return key;
    }

    /** The name that {@link Sinks} knows. */
    String sink() {
        return sink;
    }

    /** The feature version of the Java that it runs on, 0: this one. */
    int java() {
        return this == DAYBOOK_25 || this == RAW_25 ? OTHER_JAVA : 0;
    }

    String title() {
        return title;
    }

    String fileState() {
        return fileState;
    }

    Jars jars() {
        return jars;
    }

    boolean isPeer() {
        return jars != Jars.OWN;
    }

    /** The baseline, which has no ledgers that could be read. */
    boolean isRaw() {
        return this == RAW;
    }

    /** A gigabyte of heap for all; a bookie gets what Pulsar starts it with, as its caches are parts of the direct memory. */
    List<String> jvmArguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--enable-native-access=ALL-UNNAMED",
                "-Dio.netty.leakDetection.level=disabled"));
        if (jars == Jars.BOOKKEEPER) {
            arguments.addAll(List.of(
                    "-Xms2g",
                    "-Xmx2g",
                    "-XX:MaxDirectMemorySize=2g",
                    "-Dio.netty.tryReflectionSetAccessible=true",
                    "-Dlog4j2.configurationFile=daybook-log4j2.xml",
                    "-Dlog4j2.disable.jmx=true",
                    "--add-opens=java.base/java.io=ALL-UNNAMED",
                    "--add-opens=java.base/java.nio=ALL-UNNAMED",
                    "--add-opens=java.base/java.util.zip=ALL-UNNAMED",
                    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"));
        } else {
            arguments.add("-Xmx1g");
        }
        if (this == DAYBOOK_NO_ROWS) {
            arguments.add("-Dio.daybook.index.rowCacheBytes=0");
        }
        return arguments;
    }

    /**
     * Added where a store is filled whose process then ends in the middle: all of it is to be in the journal only. As shipped a
     * bookie would have flushed a part before, and would replay less than the others.
     */
    List<String> unflushedJvmArguments() {
        return jars == Jars.BOOKKEEPER
                ? List.of("-XX:MaxDirectMemorySize=6g", "-Ddaybook.bench.bookkeeper.writeCacheMib=3072")
                : List.of();
    }

    /**
     * Finds a store.
     *
     * @throws IllegalArgumentException naming those there are
     */
    static ComparedStore of(String key) {
        return Arrays.stream(values())
                .filter(store -> store.key.equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("store is " + key + ", but must be one of "
                        + Arrays.stream(values()).map(ComparedStore::key).toList()));
    }
}
