package io.daybook.engine;

import io.daybook.engine.append.Commits;
import io.daybook.engine.flush.IndexFlusher;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.engine.lifecycle.Progress;
import io.daybook.engine.read.ReadPath;
import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import io.daybook.index.RocksLocationIndex;
import io.daybook.journal.JournalClock;
import io.daybook.journal.JournalListener;
import io.daybook.stats.AppendWait;
import io.daybook.stats.EngineGauge;
import io.daybook.stats.EngineMetrics;
import io.daybook.stats.NativeSampler;
import io.daybook.stats.ReadSource;
import java.util.Map;
import java.util.function.LongSupplier;

/** From what the parts tell to metrics and health. <b>Thread-safe.</b> */
final class EngineMeasures {
    private static final double NANOS = 1e9;

    private final EngineMetrics metrics;
    private final EngineState state;
    private final Progress progress;
    private final JournalClock clock;
    private volatile NativeSampler sampler;

    EngineMeasures(EngineMetrics metrics, EngineState state, Progress progress, JournalClock clock) {
        this.metrics = metrics;
        this.state = state;
        this.progress = progress;
        this.clock = clock;
        metrics.gauge(EngineGauge.HEALTH, () -> state.health().status().ordinal());
    }

    EngineMetrics metrics() {
        return metrics;
    }

    /** Shows what RocksDB says of itself, as of the last sample. */
    void showNative(LocationIndex index) {
        if (index instanceof RocksLocationIndex rocks) {
            Map<String, LongSupplier> readers = rocks.nativeProperties();
            NativeSampler samples = new NativeSampler(readers, clock::nanoTime);
            show(samples, EngineGauge.ROCKSDB_MEMTABLE_BYTES, readers, "rocksdb.cur-size-all-mem-tables");
            show(samples, EngineGauge.ROCKSDB_BLOCK_CACHE_BYTES, readers, "rocksdb.block-cache-usage");
            show(samples, EngineGauge.ROCKSDB_TABLE_READER_BYTES, readers, "rocksdb.estimate-table-readers-mem");
            show(samples, EngineGauge.ROCKSDB_BACKGROUND_ERRORS, readers, "rocksdb.background-errors");
            sampler = samples;
        }
    }

    private void show(NativeSampler samples, EngineGauge gauge, Map<String, LongSupplier> readers, String property) {
        if (readers.containsKey(property)) {
            metrics.gauge(gauge, samples.last(property));
        }
    }

    /** Reads native properties, at most once a second; never on a thread that scrapes or does I/O for appends. */
    void sample() {
        NativeSampler samples = sampler;
        if (samples != null) {
            samples.sampleOnce();
        }
    }

    /** Of commits. */
    Commits.Listener commits(IndexFlusher flusher, Runnable wakeFlush) {
        return new Commits.Listener() {
            @Override
            public void committed(int entries, long bytes, long openedNanos) {
                metrics.appended(entries, bytes);
                metrics.observeAppendBatch((clock.nanoTime() - openedNanos) / NANOS, entries);
            }

            @Override
            public void advanced() {
                if (!flusher.isIdle()) {
                    wakeFlush.run();
                }
                progress.moved();
            }
        };
    }

    /** Of the journal. */
    JournalListener journal() {
        return new JournalListener() {
            @Override
            public void written(int frames, int records, long bytes, long nanos) {
                metrics.frameWritten(records, bytes);
            }

            @Override
            public void synced(long nanos) {
                metrics.synced(nanos / NANOS);
            }

            @Override
            public void waited(long nanos) {
                metrics.appendWaited(AppendWait.IN_FLIGHT_BYTES, nanos / NANOS);
            }

            @Override
            public void failed(Throwable cause) {
                state.fail(cause);
                progress.moved();
            }

            @Override
            public void diskFull(boolean full) {
                state.reason("disk", full ? "the disk is full or under its reserve: appends are refused" : null);
            }
        };
    }

    /** Of reads; what cannot be read in the index is noted for the next open. */
    ReadPath.Listener reads(Runnable indexDamaged) {
        return new ReadPath.Listener() {
            @Override
            public void read(boolean fromMemory, int entries, long bytes) {
                metrics.read(fromMemory ? ReadSource.TAIL : ReadSource.DISK, entries, bytes);
            }

            @Override
            public void corrupt(String what) {
                metrics.readCorrupt();
                state.reason("damage", "a damaged entry was read: " + what);
            }

            @Override
            public void failed(Throwable cause) {
                metrics.readFailed();
                if (cause instanceof IndexException failure && failure.kind() == IndexException.Kind.DAMAGED) {
                    indexDamaged.run();
                }
                state.reason("reads", "a read failed: " + cause);
            }
        };
    }
}
