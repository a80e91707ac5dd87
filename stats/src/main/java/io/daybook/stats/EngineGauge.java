package io.daybook.stats;

import io.prometheus.client.Collector;

/** Values that are read from live state at each scrape: what {@link EngineMetrics#gauge} takes a supplier for. */
public enum EngineGauge {
    /** Accepted and not yet completed. */
    IN_FLIGHT_BYTES("daybook_append_in_flight_bytes", "Bytes of appends accepted and not yet completed."),
    /** Records accepted and not yet completed. */
    QUEUE_RECORDS("daybook_append_queue_records", "Appends and other changes accepted and not yet completed."),
    /** Entries found through the tail index. */
    TAIL_INDEX_ENTRIES("daybook_tail_index_entries", "Entries in the tail index, which the location index lacks."),
    /** Memory of the tail index. */
    TAIL_INDEX_BYTES("daybook_tail_index_bytes", "Memory of the tail index."),
    /** Tails that wait for the index. */
    TAIL_INDEX_TAILS("daybook_tail_index_tails", "Parts of the tail index; above their bound appends wait."),
    /** Journal bytes that an open would replay. */
    INDEX_LAG_BYTES("daybook_index_lag_bytes", "Bytes of journal records that the location index does not cover yet."),
    /** Memory of the frame buffers kept for tail reads. */
    TAIL_CACHE_BYTES("daybook_tail_cache_bytes", "Frame buffers, filled or kept for tail reads."),
    /** Ledgers in the store. */
    LEDGERS("daybook_ledgers", "Ledgers in the store."),
    /** Segments that the manifest lists. */
    SEGMENTS("daybook_segments", "Segments listed in the manifest."),
    /** Bytes written to all segments. */
    SEGMENT_BYTES("daybook_segment_bytes", "Bytes of all segments, up to what was written of each."),
    /** Bytes of entries that are alive. */
    SEGMENT_LIVE_BYTES("daybook_segment_live_bytes", "Bytes in segments that live entries occupy; the rest is dead."),
    /** Bucket rows kept on the heap. */
    INDEX_ROW_CACHE_BYTES("daybook_index_row_cache_bytes", "Rows of the location index kept on the heap."),
    /** Memtables, native. */
    ROCKSDB_MEMTABLE_BYTES("daybook_rocksdb_memtable_bytes", "Native memory of RocksDB memtables."),
    /** Block cache, native. */
    ROCKSDB_BLOCK_CACHE_BYTES("daybook_rocksdb_block_cache_bytes", "Native memory of the RocksDB block cache."),
    /** Filters and indexes outside of the block cache, native. */
    ROCKSDB_TABLE_READER_BYTES(
            "daybook_rocksdb_table_reader_bytes", "Native memory of RocksDB table readers outside of the block cache."),
    /** Files. */
    ROCKSDB_FILE_BYTES("daybook_rocksdb_file_bytes", "Bytes of the live RocksDB table files."),
    /** Compactions that are behind. */
    ROCKSDB_PENDING_COMPACTION_BYTES(
            "daybook_rocksdb_pending_compaction_bytes", "Bytes that RocksDB estimates it has to compact."),
    /** Whether RocksDB refuses writes for now. */
    ROCKSDB_WRITE_STOPPED("daybook_rocksdb_write_stopped", "Whether RocksDB has stopped writes: 0 no, 1 yes."),
    /** Background errors since the database was opened. */
    ROCKSDB_BACKGROUND_ERRORS(
            Collector.Type.COUNTER,
            "daybook_rocksdb_background_errors_total",
            "RocksDB background errors since open; a failed WAL sync does not show here."),
    /** 0 green, 1 yellow, 2 red. */
    HEALTH("daybook_health", "Health of the engine: 0 green, 1 yellow, 2 red."),
    /** Free space where the journal is. */
    DISK_FREE_BYTES("daybook_disk_free_bytes", "Free bytes on the file system of the journal."),
    /** Whether appends are refused for want of room. */
    DISK_FULL("daybook_disk_full", "1 while appends are refused, as the disk is full or under its reserve.");

    private final MetricSpec spec;

    EngineGauge(String name, String help) {
        this(Collector.Type.GAUGE, name, help);
    }

    EngineGauge(Collector.Type type, String name, String help) {
        this.spec = type == Collector.Type.COUNTER ? MetricSpec.counter(name, help) : MetricSpec.gauge(name, help);
    }

    MetricSpec spec() {
        return spec;
    }
}
