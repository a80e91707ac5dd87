package io.daybook.engine;

import io.daybook.engine.append.AppendPath;
import io.daybook.engine.append.Commits;
import io.daybook.engine.flush.IndexFlusher;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.engine.lifecycle.Progress;
import io.daybook.engine.read.ReadPath;
import io.daybook.engine.scrub.Scrubber;
import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import io.daybook.index.RocksLocationIndex;
import io.daybook.journal.Journal;
import io.daybook.journal.JournalClock;
import io.daybook.journal.JournalListener;
import io.daybook.stats.AppendRejection;
import io.daybook.stats.AppendWait;
import io.daybook.stats.EngineGauge;
import io.daybook.stats.EngineMetrics;
import io.daybook.stats.NativeSampler;
import io.daybook.stats.ReadSource;
import io.daybook.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/** From what the parts tell to metrics and health. <b>Thread-safe.</b> */
final class EngineMeasures {
    private static final double NANOS = 1e9;

    private static final Map<EngineGauge, String> ROCKSDB = Map.of(
            EngineGauge.ROCKSDB_MEMTABLE_BYTES, "rocksdb.size-all-mem-tables",
            EngineGauge.ROCKSDB_BLOCK_CACHE_BYTES, "rocksdb.block-cache-usage",
            EngineGauge.ROCKSDB_TABLE_READER_BYTES, "rocksdb.estimate-table-readers-mem",
            EngineGauge.ROCKSDB_FILE_BYTES, "rocksdb.live-sst-files-size",
            EngineGauge.ROCKSDB_PENDING_COMPACTION_BYTES, "rocksdb.estimate-pending-compaction-bytes",
            EngineGauge.ROCKSDB_WRITE_STOPPED, "rocksdb.is-write-stopped",
            EngineGauge.ROCKSDB_BACKGROUND_ERRORS, "rocksdb.background-errors");

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

    /** Shows what must not be read by a scrape, as it may wait: as of the last {@link #sample}. */
    void showSampled(LocationIndex index, Journal journal, Storage disk) {
        Map<EngineGauge, LongSupplier> readers = new EnumMap<>(EngineGauge.class);
        readers.put(EngineGauge.SEGMENT_BYTES, journal::segmentBytes);
        readers.put(EngineGauge.SEGMENT_LIVE_BYTES, new SeldomReading(() -> liveBytes(index), clock::nanoTime));
        readers.put(EngineGauge.DISK_FREE_BYTES, () -> freeBytes(disk));
        if (index instanceof RocksLocationIndex rocks) {
            readers.put(EngineGauge.INDEX_ROW_CACHE_BYTES, rocks::rowCacheBytes);
            Map<String, LongSupplier> properties = rocks.nativeProperties();
            ROCKSDB.forEach((gauge, property) ->
                    readers.put(gauge, Objects.requireNonNull(properties.get(property), property)));
        }
        Map<String, LongSupplier> named = new LinkedHashMap<>();
        readers.forEach((gauge, reader) -> named.put(gauge.name(), reader));
        NativeSampler samples = new NativeSampler(named, clock::nanoTime, metrics::sampleFailed);
        readers.keySet().forEach(gauge -> metrics.gauge(gauge, samples.last(gauge.name())));
        sampler = samples;
    }

    private static long liveBytes(LocationIndex index) {
        long sum = 0;
        for (long bytes : index.liveBytes().values()) {
            sum += bytes;
        }
        return sum;
    }

    private static long freeBytes(Storage disk) {
        try {
            return disk.freeBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads what must not be read by a scrape, at most once a second. It may wait for RocksDB and for the disk, so it has a
     * thread of its own, for which nobody waits.
     *
     * @return false: nothing is left to do for now
     */
    boolean sample() {
        NativeSampler samples = sampler;
        if (samples != null) {
            samples.sampleOnce();
        }
        return false;
    }

    /** Of appends that met an obstacle. */
    AppendPath.Listener appends() {
        return new AppendPath.Listener() {
            @Override
            public void waited(AppendWait cause, long nanos) {
                metrics.appendWaited(cause, nanos / NANOS);
            }

            @Override
            public void refused(LedgerException refusal) {
                if (refusal instanceof EngineBusyException) {
                    metrics.appendRejected(AppendRejection.BUSY);
                } else if (refusal instanceof DiskFullException) {
                    metrics.appendRejected(AppendRejection.DISK_FULL);
                } else if (refusal instanceof LedgerFencedException) {
                    metrics.appendRejected(AppendRejection.FENCED);
                } else if (refusal instanceof EngineFailedException) {
                    metrics.appendRejected(AppendRejection.FAILED);
                }
            }
        };
    }

    /** Of commits. */
    Commits.Listener commits(IndexFlusher flusher, Runnable wakeFlush) {
        return new Commits.Listener() {
            @Override
            public void committed(int entries, long bytes, long openedNanos, long syncNanos) {
                metrics.appended(entries, bytes);
                long nanos = clock.nanoTime() - openedNanos;
                metrics.observeAppendBatch(nanos / NANOS, Math.max(0, nanos - syncNanos) / NANOS, entries);
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
                metrics.groupWritten(frames, records, bytes, nanos / NANOS);
            }

            @Override
            public void synced(long nanos) {
                metrics.synced(nanos / NANOS);
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

    /** Of the scrub. */
    Scrubber.Listener scrub() {
        return new Scrubber.Listener() {
            @Override
            public void scrubbed(long bytes) {
                metrics.scrubbed(bytes);
            }

            @Override
            public void passed() {
                metrics.scrubPassed();
            }

            @Override
            public void damaged() {
                metrics.scrubDamaged();
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
