package io.daybook.storage;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What all directories and files of one simulated disk share: tree, counters, faults, hooks. <b>Thread-safe</b>: the
 * tree and all it holds are guarded by this object; hooks run outside of it.
 */
final class SimDisk {
    SplittableRandom random;
    final SimDirectory root;
    final FaultCounts counts;
    final Set<SimFile> open = new LinkedHashSet<>();
    final Set<SimDirectory> locked = new HashSet<>();
    long capacityBytes = SimStorage.UNLIMITED_BYTES;

    private final List<Armed> faults = new ArrayList<>();
    private final List<String> trace = new ArrayList<>();
    private boolean tracing;
    private long operations;
    private long sequence;
    private long fired;
    private long lastFired;
    private String stopped;
    private SimStorage.OperationHook operationHook;
    private Consumer<String> syncHook;
    private Runnable slowSyncHook = () -> {};

    SimDisk(SimDirectory root, SplittableRandom random, FaultCounts counts) {
        this.root = root;
        this.random = random;
        this.counts = counts;
    }

    /**
     * Counts an operation.
     *
     * @return the fault that hits it, or null
     */
    StorageFault begin(StorageOp op, String path, String detail) throws IOException {
        long number;
        SimStorage.OperationHook hook;
        synchronized (this) {
            requireRunning();
            number = ++operations;
            hook = operationHook;
        }
        if (hook != null) {
            hook.before(number, op, path);
        }
        StorageFault fault;
        Runnable slow;
        synchronized (this) {
            requireRunning();
            fault = hit(number, op, path);
            if (tracing) {
                trace.add("#" + number + " " + op + " " + path + detail + (fault == null ? "" : " -> " + fault));
            }
            if (fault == StorageFault.STOP) {
                stopped = "stopped at operation " + number + ", " + op + " " + path;
            }
            slow = slowSyncHook;
        }
        if (fault == StorageFault.SLOW_SYNC) {
            slow.run();
            return null;
        }
        return fault;
    }

    /** The same with a place in a file; the text is only made when somebody reads it. */
    StorageFault begin(StorageOp op, String path, long position, long bytes) throws IOException {
        return begin(op, path, isTracing() ? " " + position + "+" + bytes : "");
    }

    /** Throws what the fault stands for, if there is one; the place is the path with what was done there. */
    void raise(StorageFault fault, String path, String what) throws IOException {
        if (fault != null) {
            raise(fault, path + ": " + what);
        }
    }

    /** Throws what the fault stands for. */
    void raise(StorageFault fault, String place) throws IOException {
        switch (fault) {
            case NO_SPACE_WRITE, NO_SPACE_CREATE, NO_SPACE_SYNC -> throw noSpace(place);
            case EIO_WRITE, EIO_READ, EIO_SYNC_KEPT, EIO_SYNC_REVERTED, EIO_SYNC_LATE, EIO_SYNC_DIRECTORY ->
                throw inputOutput(place);
            case TOO_MANY_FILES -> throw new FileSystemException(place, null, "Too many open files (simulated)");
            case STOP -> throw new SimStorage.StoppedException(stopped());
            case SHORT_READ, SHORT_WRITE, ZERO_READ, ZERO_WRITE, SLOW_SYNC -> throw new AssertionError(fault);
        }
    }

    static IOException inputOutput(String place) {
        return new IOException(place + ": Input/output error (simulated)");
    }

    static NoSpaceException noSpace(String place) {
        return new NoSpaceException(place + ": No space left on device (simulated)", null);
    }

    void requireRunning() throws IOException {
        String reason = stopped();
        if (reason != null) {
            throw new SimStorage.StoppedException(reason);
        }
    }

    synchronized String stopped() {
        return stopped;
    }

    synchronized void stop(String reason) {
        if (stopped == null) {
            stopped = reason;
        }
    }

    /** A number for a thing that is pending, in the order of all of the disk. */
    synchronized long nextSequence() {
        return ++sequence;
    }

    void synced(String path) {
        Consumer<String> hook;
        synchronized (this) {
            hook = syncHook;
        }
        if (hook != null) {
            hook.accept(path);
        }
    }

    synchronized void arm(Armed fault) {
        faults.add(fault);
    }

    synchronized void clearFaults() {
        faults.clear();
    }

    synchronized long fired() {
        return fired;
    }

    synchronized long lastFired() {
        return lastFired;
    }

    synchronized long operations() {
        return operations;
    }

    synchronized void onOperation(SimStorage.OperationHook hook) {
        operationHook = hook;
    }

    synchronized void onSync(Consumer<String> hook) {
        syncHook = hook;
    }

    synchronized void onSlowSync(Runnable hook) {
        slowSyncHook = hook;
    }

    synchronized boolean isTracing() {
        return tracing;
    }

    synchronized void setTracing(boolean on) {
        tracing = on;
    }

    synchronized void trace(String line) {
        if (tracing) {
            trace.add(line);
        }
    }

    synchronized List<String> trace() {
        return List.copyOf(trace);
    }

    /** The disk after a crash of this one. */
    synchronized SimDisk after(Power power, SplittableRandom choices, FaultCounts counted) {
        SimCrash crash = new SimCrash(root, power, choices, counted);
        SimDisk after = new SimDisk(crash.after(), choices.split(), counted);
        after.sequence = sequence;
        after.capacityBytes = capacityBytes;
        after.tracing = tracing;
        after.slowSyncHook = slowSyncHook;
        after.trace("--- " + crash.power() + " after " + operations + " operations");
        return after;
    }

    /** Bytes of a write at a position for which there is room. */
    int fitting(SimImage image, long position, int bytes) {
        if (capacityBytes == SimStorage.UNLIMITED_BYTES) {
            return bytes;
        }
        long free = Math.max(0, capacityBytes - usedBytes()) / SimImage.PAGE_BYTES;
        int last = SimImage.pageOf(position + bytes - 1);
        for (int page = SimImage.pageOf(position); page <= last; page++) {
            if (!image.isAllocated(page) && free-- == 0) {
                return (int) Math.max(0, (long) page * SimImage.PAGE_BYTES - position);
            }
        }
        return bytes;
    }

    synchronized long usedBytes() {
        return usedPages(root) * SimImage.PAGE_BYTES;
    }

    private static long usedPages(SimDirectory directory) {
        long pages = 0;
        for (SimNode node : directory.cache.values()) {
            pages += node instanceof SimDirectory child ? usedPages(child) : ((SimInode) node).cache.allocatedPages();
        }
        return pages;
    }

    private StorageFault hit(long number, StorageOp op, String path) {
        for (int i = 0; i < faults.size(); i++) {
            Armed armed = faults.get(i);
            if (number >= armed.from && armed.fault.hits(op) && armed.paths.test(path)) {
                if (!armed.sticky) {
                    faults.remove(i);
                }
                fired++;
                lastFired = number;
                counts.addKind(armed.fault);
                if (armed.fault.id() != null && armed.fault != StorageFault.EIO_SYNC_LATE) {
                    counts.add(armed.fault.id());
                }
                return armed.fault;
            }
        }
        return null;
    }

    /** A fault that waits for its operation. */
    record Armed(long from, StorageFault fault, boolean sticky, Predicate<String> paths) {}
}
