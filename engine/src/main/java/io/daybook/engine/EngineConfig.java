package io.daybook.engine;

import io.netty.buffer.ByteBufAllocator;
import io.prometheus.client.CollectorRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Settings of an engine. Immutable; checked as a whole when it is made: every fault is named at once.
 *
 * @param directory of the store
 * @param journalDirectory of the segments, {@code directory/journal} unless named
 * @param dataDirectory of settled segments, {@code directory/data} unless named; for later, no effect yet
 * @param name value of the metrics' label {@code engine} and part of thread names
 * @param metricsRegistry where collectors are registered, empty: none
 * @param durability what the completion of a change promises
 * @param memoryBudget bytes of memory for frames, tail index, caches and RocksDB together
 * @param segmentBytes size of a journal segment; lowered to 1/16 of the file system where that is smaller
 * @param entryBytesMax longest entry in bytes
 * @param inFlightBytesMax bytes accepted and not yet completed, at which appends wait
 * @param appendWaitMax longest wait at that bound, zero: fail at once
 * @param groupWaitMax longest time that a group commit waits for more, zero: none
 * @param stageDeadline of each shutdown stage
 * @param diskReserveBytes free bytes below which appends are refused, on top of what the engine keeps for itself; lowered to
 *     1/16 of the file system where that is smaller
 * @param allocator of buffers that reads return where they cannot be slices; null: {@link ByteBufAllocator#DEFAULT}
 * @param readOnly whether changes are refused and nothing is written
 * @param shutdownHook whether the end of the JVM closes the engine
 */
public record EngineConfig(
        Path directory,
        Path journalDirectory,
        Path dataDirectory,
        String name,
        Optional<CollectorRegistry> metricsRegistry,
        Durability durability,
        long memoryBudget,
        long segmentBytes,
        int entryBytesMax,
        long inFlightBytesMax,
        Duration appendWaitMax,
        Duration groupWaitMax,
        Duration stageDeadline,
        long diskReserveBytes,
        ByteBufAllocator allocator,
        boolean readOnly,
        boolean shutdownHook) {

    /** Longest entry that can be asked for, in bytes: 15 MiB. The format holds up to 2^24 - 1. */
    public static final int ENTRY_BYTES_LIMIT = 15 << 20;

    /** Smallest segment, in bytes: 64 KiB. */
    public static final long SEGMENT_BYTES_MIN = 64 << 10;

    /** Largest segment, in bytes: 16 GiB. */
    public static final long SEGMENT_BYTES_LIMIT = 16L << 30;

    /** Smallest memory budget, in bytes: 16 MiB. */
    public static final long MEMORY_BUDGET_MIN = 16L << 20;

    /** What a frame of one entry takes besides the entry, at most. */
    private static final long FRAME_ROOM_BYTES = 8192;

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException naming each setting that is out of range, its value and its limits
     */
    public EngineConfig {
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(journalDirectory, "journalDirectory");
        Objects.requireNonNull(dataDirectory, "dataDirectory");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(metricsRegistry, "metricsRegistry");
        Objects.requireNonNull(durability, "durability");
        Objects.requireNonNull(appendWaitMax, "appendWaitMax");
        Objects.requireNonNull(groupWaitMax, "groupWaitMax");
        Objects.requireNonNull(stageDeadline, "stageDeadline");
        List<String> faults = new ArrayList<>();
        range(faults, "memoryBudget", memoryBudget, MEMORY_BUDGET_MIN, 1L << 50, "bytes");
        range(faults, "segmentBytes", segmentBytes, SEGMENT_BYTES_MIN, SEGMENT_BYTES_LIMIT, "bytes");
        range(faults, "entryBytesMax", entryBytesMax, 1, ENTRY_BYTES_LIMIT, "bytes");
        range(faults, "inFlightBytesMax", inFlightBytesMax, 8192, 1L << 40, "bytes");
        range(faults, "appendWaitMax", millis(appendWaitMax), 0, 3_600_000, "ms");
        range(faults, "groupWaitMax", millis(groupWaitMax), 0, 1000, "ms");
        range(faults, "stageDeadline", millis(stageDeadline), 1, 3_600_000, "ms");
        range(faults, "diskReserveBytes", diskReserveBytes, 0, 1L << 50, "bytes");
        if (name.isEmpty() || name.length() > 100) {
            faults.add("name has " + name.length() + " characters, but must have 1 to 100");
        }
        if (faults.isEmpty()) {
            checkTogether(faults, memoryBudget, segmentBytes, entryBytesMax, inFlightBytesMax);
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
    }

    /** Settings that are each in range must also leave room for each other. */
    private static void checkTogether(
            List<String> faults, long memoryBudget, long segmentBytes, int entryBytesMax, long inFlightBytesMax) {
        atMost(faults, "entryBytesMax", entryBytesMax, "a quarter of segmentBytes", segmentBytes / 4);
        long entryRoom = memoryBudget / 2 - FRAME_ROOM_BYTES;
        atMost(faults, "entryBytesMax", entryBytesMax, "half of memoryBudget - " + FRAME_ROOM_BYTES, entryRoom);
        if (entryBytesMax <= entryRoom) {
            atMost(faults, "inFlightBytesMax", inFlightBytesMax, "half of memoryBudget", memoryBudget / 2);
            if (inFlightBytesMax < entryBytesMax + FRAME_ROOM_BYTES) {
                faults.add("inFlightBytesMax is " + inFlightBytesMax + " bytes, but must be at least entryBytesMax + "
                        + FRAME_ROOM_BYTES + ", " + (entryBytesMax + FRAME_ROOM_BYTES));
            }
        }
    }

    private static void atMost(List<String> faults, String what, long value, String limit, long max) {
        if (value > max) {
            faults.add(what + " is " + value + " bytes, but must be at most " + limit + ", " + max);
        }
    }

    private static long millis(Duration value) {
        return value.isNegative() ? -1 : value.compareTo(Duration.ofDays(1)) > 0 ? Long.MAX_VALUE : value.toMillis();
    }

    private static void range(List<String> faults, String what, long value, long min, long max, String unit) {
        if (value < min || value > max) {
            faults.add(what + " is " + value + " " + unit + ", but must be " + min + " to " + max);
        }
    }

    /**
     * Begins with defaults for a store in a directory.
     *
     * @param directory of the store
     * @return the builder
     */
    public static Builder builder(Path directory) {
        return new Builder(directory);
    }

    /** Returns the allocator; the default one is made when it is first asked for, as that takes a tenth of a second. */
    @Override
    public ByteBufAllocator allocator() {
        return allocator == null ? ByteBufAllocator.DEFAULT : allocator;
    }

    /** One setting a line, with its unit. */
    @Override
    public String toString() {
        return String.join(
                "\n",
                "directory            " + directory,
                "journalDirectory     " + journalDirectory,
                "dataDirectory        " + dataDirectory,
                "name                 " + name,
                "metricsRegistry      " + (metricsRegistry.isPresent() ? "given" : "none"),
                "durability           " + durability,
                "memoryBudget         " + memoryBudget + " bytes",
                "segmentBytes         " + segmentBytes + " bytes",
                "entryBytesMax        " + entryBytesMax + " bytes",
                "inFlightBytesMax     " + inFlightBytesMax + " bytes",
                "appendWaitMax        " + appendWaitMax.toMillis() + " ms",
                "groupWaitMax         " + groupWaitMax.toNanos() / 1000 + " us",
                "stageDeadline        " + stageDeadline.toMillis() + " ms",
                "diskReserveBytes     " + diskReserveBytes + " bytes",
                "allocator            "
                        + (allocator == null ? "default" : allocator.getClass().getSimpleName()),
                "readOnly             " + readOnly,
                "shutdownHook         " + shutdownHook);
    }

    /** Collects settings. <b>Confined to one thread.</b> */
    public static final class Builder {
        private static final int ENTRY_BYTES = 8 << 20;
        private static final long IN_FLIGHT_BYTES = 32L << 20;

        private final Path directory;
        private Path journalDirectory;
        private Path dataDirectory;
        private String name;
        private CollectorRegistry metricsRegistry;
        private Durability durability = Durability.SYNC;
        private long memoryBudget = 256L << 20;
        private long segmentBytes = 256L << 20;
        private Integer entryBytesMax;
        private Long inFlightBytesMax;
        private Duration appendWaitMax = Duration.ofSeconds(30);
        private Duration groupWaitMax = Duration.ZERO;
        private Duration stageDeadline = Duration.ofSeconds(30);
        private long diskReserveBytes = 16L << 20;
        private ByteBufAllocator allocator;
        private boolean readOnly;
        private boolean shutdownHook;

        private Builder(Path directory) {
            this.directory = Objects.requireNonNull(directory, "directory");
        }

        /**
         * Places the segments elsewhere, e.g. on a faster device.
         *
         * @param path not null
         * @return this
         */
        public Builder journalDirectory(Path path) {
            this.journalDirectory = Objects.requireNonNull(path, "journalDirectory");
            return this;
        }

        /**
         * Places settled segments elsewhere, e.g. on a larger device. For later: there are none yet, and this has no effect.
         *
         * @param path not null
         * @return this
         */
        public Builder dataDirectory(Path path) {
            this.dataDirectory = Objects.requireNonNull(path, "dataDirectory");
            return this;
        }

        /**
         * Names the engine in metrics and thread names; by default the last element of the directory.
         *
         * @param value 1 to 100 characters
         * @return this
         */
        public Builder name(String value) {
            this.name = Objects.requireNonNull(value, "name");
            return this;
        }

        /**
         * Registers the engine's collectors in a registry; none by default.
         *
         * @param registry not null
         * @return this
         */
        public Builder metricsRegistry(CollectorRegistry registry) {
            this.metricsRegistry = Objects.requireNonNull(registry, "metricsRegistry");
            return this;
        }

        /**
         * Sets what completion promises; {@link Durability#SYNC} by default.
         *
         * @param value not null
         * @return this
         */
        public Builder durability(Durability value) {
            this.durability = Objects.requireNonNull(value, "durability");
            return this;
        }

        /**
         * Sets the memory for everything together; 256 MiB by default.
         *
         * @param bytes at least {@link EngineConfig#MEMORY_BUDGET_MIN}
         * @return this
         */
        public Builder memoryBudget(long bytes) {
            this.memoryBudget = bytes;
            return this;
        }

        /**
         * Sets the size of a segment; 256 MiB by default.
         *
         * @param bytes {@link EngineConfig#SEGMENT_BYTES_MIN} to {@link EngineConfig#SEGMENT_BYTES_LIMIT}
         * @return this
         */
        public Builder segmentBytes(long bytes) {
            this.segmentBytes = bytes;
            return this;
        }

        /**
         * Sets the longest entry; by default 8 MiB, or what {@code segmentBytes}, {@code memoryBudget} and {@code
         * inFlightBytesMax} allow where that is less.
         *
         * @param bytes 1 to {@link EngineConfig#ENTRY_BYTES_LIMIT}, at most a quarter of {@code segmentBytes}
         * @return this
         */
        public Builder entryBytesMax(int bytes) {
            this.entryBytesMax = bytes;
            return this;
        }

        /**
         * Sets the bound on bytes in flight; by default an eighth of the memory budget, at most 32 MiB, but room for one
         * entry.
         *
         * @param bytes at least {@code entryBytesMax} + 8192, at most half the memory budget
         * @return this
         */
        public Builder inFlightBytesMax(long bytes) {
            this.inFlightBytesMax = bytes;
            return this;
        }

        /**
         * Sets the longest wait at that bound; 30 s by default.
         *
         * @param value zero: fail at once; at most an hour
         * @return this
         */
        public Builder appendWaitMax(Duration value) {
            this.appendWaitMax = Objects.requireNonNull(value, "appendWaitMax");
            return this;
        }

        /**
         * Lets a group commit wait for more; by default it takes what gathered during the last sync and waits for nothing.
         *
         * @param value zero to one second
         * @return this
         */
        public Builder groupWaitMax(Duration value) {
            this.groupWaitMax = Objects.requireNonNull(value, "groupWaitMax");
            return this;
        }

        /**
         * Sets the deadline of each shutdown stage; 30 s by default.
         *
         * @param value 1 ms to an hour
         * @return this
         */
        public Builder stageDeadline(Duration value) {
            this.stageDeadline = Objects.requireNonNull(value, "stageDeadline");
            return this;
        }

        /**
         * Sets the free bytes below which appends are refused; 16 MiB by default, and at most 1/16 of the file system.
         *
         * @param bytes at least 0
         * @return this
         */
        public Builder diskReserveBytes(long bytes) {
            this.diskReserveBytes = bytes;
            return this;
        }

        /**
         * Sets the allocator of buffers that reads return; {@link ByteBufAllocator#DEFAULT} by default.
         *
         * @param value not null
         * @return this
         */
        public Builder allocator(ByteBufAllocator value) {
            this.allocator = Objects.requireNonNull(value, "allocator");
            return this;
        }

        /**
         * Opens without writing a byte, also beside a writer.
         *
         * @param value true: read-only
         * @return this
         */
        public Builder readOnly(boolean value) {
            this.readOnly = value;
            return this;
        }

        /**
         * Closes the engine when the JVM ends; off by default.
         *
         * @param value true: register a hook
         * @return this
         */
        public Builder shutdownHook(boolean value) {
            this.shutdownHook = value;
            return this;
        }

        /**
         * Checks and builds.
         *
         * @return the settings
         * @throws IllegalArgumentException naming each setting that is out of range, its value and its limits
         */
        public EngineConfig build() {
            Path root = directory.toAbsolutePath().normalize();
            String label = name != null
                    ? name
                    : root.getFileName() == null ? "root" : root.getFileName().toString();
            int entryMax = entryBytesMax != null ? entryBytesMax : entryBytesDefault();
            long inFlight = inFlightBytesMax != null
                    ? inFlightBytesMax
                    : Math.max(Math.min(IN_FLIGHT_BYTES, memoryBudget / 8), entryMax + FRAME_ROOM_BYTES);
            return new EngineConfig(
                    root,
                    journalDirectory == null
                            ? root.resolve("journal")
                            : journalDirectory.toAbsolutePath().normalize(),
                    dataDirectory == null
                            ? root.resolve("data")
                            : dataDirectory.toAbsolutePath().normalize(),
                    label,
                    Optional.ofNullable(metricsRegistry),
                    durability,
                    memoryBudget,
                    segmentBytes,
                    entryMax,
                    inFlight,
                    appendWaitMax,
                    groupWaitMax,
                    stageDeadline,
                    diskReserveBytes,
                    allocator,
                    readOnly,
                    shutdownHook);
        }

        /** What the other settings leave room for; in its own range also where they are out of theirs. */
        private int entryBytesDefault() {
            long most = Math.min(segmentBytes, memoryBudget) / 4;
            if (inFlightBytesMax != null) {
                most = Math.min(most, inFlightBytesMax - FRAME_ROOM_BYTES);
            }
            return (int) Math.max(1, Math.min(ENTRY_BYTES, most));
        }
    }
}
