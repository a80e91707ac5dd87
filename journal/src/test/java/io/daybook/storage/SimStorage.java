package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A directory of a simulated disk, in memory, that fails and crashes on demand and does the same again for the same
 * seed.
 *
 * <p>A file has durable bytes, the bytes that are read, and the list of writes and truncations between the two, which
 * {@link StorageFile#sync} applies and a power loss keeps in part. Names in a directory have the same three states, and
 * only {@link #syncDirectory} (and {@link #directory} with {@code create}) makes them durable; syncing a file does not.
 *
 * <p>Operations are numbered from 1 over the whole disk (see {@link StorageOp}; sizes, free room and {@link #exists} do
 * not count). Hooks, faults, counters and crashes concern the whole disk, from whatever directory they are called.
 * Paths in arguments are relative to this directory, with slashes; paths that are reported start at the root.
 *
 * <p><b>Thread-safe</b>, but deterministic only with one thread.
 */
public final class SimStorage implements Storage {
    /** Capacity of a disk that is never full. */
    public static final long UNLIMITED_BYTES = 1L << 50;

    private final SimDisk disk;
    private final String path;
    /** The path from the root, one name each. */
    private final String[] names;

    private SimStorage(SimDisk disk, String path) {
        this.disk = disk;
        this.path = path;
        this.names = namesOf(path);
    }

    /** The root directory of an empty disk. */
    public static SimStorage create(long seed) {
        return new SimStorage(new SimDisk(new SimDirectory(), new SplittableRandom(seed), new FaultCounts()), "");
    }

    // ---- Storage

    @Override
    public StorageFile create(String name) throws IOException {
        String at = child(name);
        StorageFault fault = disk.begin(StorageOp.CREATE, at, "");
        synchronized (disk) {
            disk.raise(fault, at, "create");
            SimDirectory here = here();
            if (here.cache.containsKey(name)) {
                throw new FileAlreadyExistsException(at);
            }
            SimInode inode = new SimInode();
            here.change(new SimDirectory.Change(disk.nextSequence(), null, name, inode));
            return opened(inode, at, Access.WRITE);
        }
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        String at = child(name);
        StorageFault fault = disk.begin(StorageOp.OPEN, at, "");
        synchronized (disk) {
            disk.raise(fault, at, "open");
            if (node(here(), name) instanceof SimInode inode) {
                return opened(inode, at, access);
            }
            throw new FileSystemException(at, null, "not a regular file");
        }
    }

    @Override
    public List<String> list() throws IOException {
        StorageFault fault = disk.begin(StorageOp.LIST, description(), "");
        synchronized (disk) {
            disk.raise(fault, description(), "list");
            SimDirectory here = find();
            return here == null ? List.of() : List.copyOf(here.cache.keySet());
        }
    }

    @Override
    public boolean exists(String name) throws IOException {
        if (StorageNames.isReserved(name)) {
            return false;
        }
        StorageNames.check(name);
        synchronized (disk) {
            disk.requireRunning();
            SimDirectory here = find();
            return here != null && here.cache.containsKey(name);
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        String at = child(from);
        String target = child(to);
        StorageFault fault = disk.begin(StorageOp.RENAME, at, disk.isTracing() ? " to " + to : "");
        synchronized (disk) {
            if (fault != null) {
                disk.raise(fault, at + ": rename to " + to);
            }
            SimDirectory here = here();
            SimNode node = node(here, from);
            SimNode replaced = here.cache.get(to);
            if (replaced != null
                    && replaced != node
                    && (node instanceof SimDirectory || replaced instanceof SimDirectory)) {
                throw new FileSystemException(at, target, "cannot replace");
            }
            here.change(new SimDirectory.Change(disk.nextSequence(), from, to, node));
        }
    }

    @Override
    public void delete(String name) throws IOException {
        String at = child(name);
        SimNode node;
        synchronized (disk) {
            disk.requireRunning();
            node = node(here(), name);
        }
        if (node instanceof SimDirectory) {
            SimStorage inside = new SimStorage(disk, at);
            List<String> names;
            synchronized (disk) {
                names = List.copyOf(inside.here().cache.keySet());
            }
            for (String each : names) {
                inside.delete(each);
            }
        }
        StorageFault fault = disk.begin(StorageOp.DELETE, at, "");
        synchronized (disk) {
            disk.raise(fault, at, "delete");
            SimDirectory here = here();
            here.change(new SimDirectory.Change(disk.nextSequence(), name, null, node(here, name)));
        }
    }

    @Override
    public void syncDirectory() throws IOException {
        StorageFault fault = disk.begin(StorageOp.SYNC_DIRECTORY, description(), "");
        synchronized (disk) {
            SimDirectory here = here();
            if (fault == null) {
                here.sync();
            } else if (fault != StorageFault.STOP) {
                here.failSync(change -> disk.random.nextBoolean());
            }
            disk.raise(fault, description(), "sync of directory");
        }
        disk.synced(description());
    }

    @Override
    public Storage directory(String name, boolean create) throws IOException {
        String at = child(name);
        if (create) {
            StorageFault fault = disk.begin(StorageOp.MAKE_DIRECTORY, at, "");
            synchronized (disk) {
                disk.raise(fault, at, "create directory");
                SimDirectory here = here();
                SimNode present = here.cache.get(name);
                if (present instanceof SimInode) {
                    throw new FileAlreadyExistsException(at);
                }
                if (present == null) {
                    here.change(new SimDirectory.Change(disk.nextSequence(), null, name, new SimDirectory()));
                }
            }
            syncDirectory();
        }
        return new SimStorage(disk, at);
    }

    @Override
    public long freeBytes() throws IOException {
        synchronized (disk) {
            here();
            return Math.max(0, disk.capacityBytes - disk.usedBytes());
        }
    }

    @Override
    public long totalBytes() throws IOException {
        synchronized (disk) {
            here();
            return disk.capacityBytes;
        }
    }

    @Override
    public int blockBytes() {
        return SimImage.PAGE_BYTES;
    }

    @Override
    public DirectoryLock lock() throws IOException {
        synchronized (disk) {
            SimDirectory here = here();
            if (!disk.locked.add(here)) {
                throw new DirectoryInUseException(
                        description(), OptionalLong.of(ProcessHandle.current().pid()));
            }
            return new Lock(disk, here);
        }
    }

    @Override
    public String description() {
        return path.isEmpty() ? "/" : path;
    }

    @Override
    public String toString() {
        return "sim:" + description();
    }

    // ---- Crashes

    /** Ends this disk: all its handles throw {@link StoppedException} from now on. Its seed decides what survives. */
    public SimStorage crash(Power power) {
        synchronized (disk) {
            disk.stop("crashed: " + power);
            return new SimStorage(disk.after(power, disk.random.split(), disk.counts), "");
        }
    }

    /** The root of the disk as it would be after a crash now; this disk goes on. Works on a stopped disk as well. */
    public SimStorage crashClone(Power power, long seed) {
        return new SimStorage(disk.after(power, new SplittableRandom(seed), new FaultCounts()), "");
    }

    /** Whether a crash or {@link StorageFault#STOP} has ended it. */
    public boolean isStopped() {
        return disk.stopped() != null;
    }

    /** Whether anything waits for a sync: if not, and if none has failed, all kinds of power loss leave the same. */
    public boolean hasUnsynced() {
        synchronized (disk) {
            return hasUnsynced(disk.root);
        }
    }

    private static boolean hasUnsynced(SimDirectory directory) {
        if (!directory.pending.isEmpty()) {
            return true;
        }
        for (SimNode node : directory.cache.values()) {
            if (node instanceof SimDirectory child ? hasUnsynced(child) : !((SimInode) node).pending.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    // ---- Faults

    /**
     * Arms a fault for the first operation it fits whose number is at least the one given.
     *
     * @param sticky whether it hits all such operations until {@link #clearFaults}
     */
    public void failAt(long operation, StorageFault fault, boolean sticky) {
        failAt(operation, fault, sticky, any -> true);
    }

    /** The same for some paths only, which start at the root without a slash ({@code "/"} is the root itself). */
    public void failAt(long operation, StorageFault fault, boolean sticky, Predicate<String> paths) {
        disk.arm(new SimDisk.Armed(operation, fault, sticky, paths));
    }

    /** Takes all faults back that wait or are sticky. */
    public void clearFaults() {
        disk.clearFaults();
    }

    /** How often a fault has hit. */
    public long faultsFired() {
        return disk.fired();
    }

    /** Number of the last operation that a fault hit, 0 if none. A loop over all places goes on behind it. */
    public long lastFaultAt() {
        return disk.lastFired();
    }

    /** What happened to this disk and those that it is the crash of, by fault id; its {@link #crashClone}s count for themselves. */
    public FaultCounts faults() {
        return disk.counts;
    }

    /** Sets what passes the time while a {@link StorageFault#SLOW_SYNC} lasts. */
    public void onSlowSync(Runnable hook) {
        disk.onSlowSync(hook);
    }

    /** Draws from a new seed from now on, so that what happens does not depend on how much was drawn before. */
    public void reseed(long seed) {
        synchronized (disk) {
            disk.random = new SplittableRandom(seed);
        }
    }

    /** Sets the room on the disk, of which files take pages of 4096 bytes; directories take none. */
    public void capacityBytes(long bytes) {
        synchronized (disk) {
            disk.capacityBytes = bytes;
        }
    }

    // ---- Observation

    /** Operations so far. */
    public long operations() {
        return disk.operations();
    }

    /** Sets what is called before each operation, without any lock held; null ends it. */
    public void onOperation(OperationHook hook) {
        disk.onOperation(hook);
    }

    /** Sets what is called with its path after each successful sync of a file or directory; null ends it. */
    public void onSync(Consumer<String> hook) {
        disk.onSync(hook);
    }

    /** Starts or ends recording of operations; off at first, inherited by disks after a crash. */
    public void tracing(boolean on) {
        disk.setTracing(on);
    }

    /** One line for each operation that was recorded. */
    public List<String> trace() {
        return disk.trace();
    }

    /** Paths of the files that are open, in the order of opening. */
    public List<String> openFiles() {
        synchronized (disk) {
            return disk.open.stream().map(SimFile::toString).toList();
        }
    }

    /** Number of directories that are locked. */
    public int locks() {
        synchronized (disk) {
            return disk.locked.size();
        }
    }

    // ---- Interference, not counted as operations and not hit by faults

    /** Paths of all files below this directory, sorted. */
    public List<String> files() {
        synchronized (disk) {
            List<String> files = new ArrayList<>();
            SimDirectory here = find();
            if (here != null) {
                gather("", here, files);
            }
            return files;
        }
    }

    /** What a reader sees in a file. */
    public byte[] content(String file) throws IOException {
        synchronized (disk) {
            return bytes(inode(file).cache);
        }
    }

    /** What a power loss leaves of a file in the worst case, if its name survives. */
    public byte[] durableContent(String file) throws IOException {
        synchronized (disk) {
            return bytes(inode(file).durable);
        }
    }

    /** Makes or replaces a file, durably, together with its name. */
    public void put(String file, byte[] content) throws IOException {
        synchronized (disk) {
            SimInode inode = new SimInode();
            inode.write(disk.nextSequence(), 0, content.clone());
            inode.sync();
            SimDirectory parent = parentOf(file);
            parent.change(new SimDirectory.Change(disk.nextSequence(), null, lastOf(file), inode));
            parent.sync();
        }
    }

    /** Removes a file or directory, durably. */
    public void remove(String fileOrDirectory) throws IOException {
        synchronized (disk) {
            SimDirectory parent = parentOf(fileOrDirectory);
            String name = lastOf(fileOrDirectory);
            parent.change(new SimDirectory.Change(disk.nextSequence(), name, null, node(parent, name)));
            parent.sync();
        }
    }

    /** Flips the bits of a mask in one byte of a file, in what is read and in what is durable. */
    public void corrupt(String file, long offset, int mask) throws IOException {
        synchronized (disk) {
            inode(file).corrupt(file, offset, mask);
        }
    }

    /**
     * Damages a file where nothing waits for a sync: what is read and what is durable (F9). {@link #heal} takes it back.
     *
     * @param offset a place in the byte, sector or block that is damaged
     * @return whether a byte has changed: not so behind the end, where a sector has no other past, and the like
     */
    public boolean rot(String file, Rot kind, long offset) throws IOException {
        synchronized (disk) {
            List<SimInode> others = new ArrayList<>();
            for (SimNode node : nodes(disk.root, new LinkedHashSet<>())) {
                if (node instanceof SimInode other && other.durable.length() > 0) {
                    others.add(other);
                }
            }
            SimInode inode = inode(file);
            SimInode source = others.isEmpty() ? inode : others.get(disk.random.nextInt(others.size()));
            boolean changed = inode.rot(kind, offset, source.durable, disk.random);
            if (changed) {
                disk.counts.addKind(kind);
            }
            return changed;
        }
    }

    /** Lets reads of some bytes of a file fail until they are written over or {@link #heal} is called (F8). */
    public void spoil(String file, long offset, int bytes) throws IOException {
        synchronized (disk) {
            inode(file).spoil(offset, offset + bytes);
        }
    }

    /** Whether a file is damaged, spoilt or not durable as it should be, and not healed. */
    public boolean isDamaged() {
        synchronized (disk) {
            return nodes(disk.root, new LinkedHashSet<>()).stream()
                    .anyMatch(node -> node instanceof SimInode inode && inode.isDamaged());
        }
    }

    /** Takes all damage back but what was written over since, and makes durable what a late error has dropped. */
    public void heal() {
        synchronized (disk) {
            for (SimNode node : nodes(disk.root, new LinkedHashSet<>())) {
                if (node instanceof SimInode inode) {
                    inode.heal();
                }
            }
        }
    }

    /** Takes back that reads fail, and no other damage. */
    public void healReads() {
        synchronized (disk) {
            for (SimNode node : nodes(disk.root, new LinkedHashSet<>())) {
                if (node instanceof SimInode inode) {
                    inode.healReads();
                }
            }
        }
    }

    /** All that is in a directory or may be there after a crash. */
    private static Set<SimNode> nodes(SimDirectory directory, Set<SimNode> found) {
        List<SimNode> here = new ArrayList<>(directory.cache.values());
        here.addAll(directory.durable.values());
        directory.pending.forEach(change -> here.add(change.node()));
        for (SimNode node : here) {
            if (found.add(node) && node instanceof SimDirectory child) {
                nodes(child, found);
            }
        }
        return found;
    }

    /**
     * Makes this directory a durable copy of another one as it is read, as a backup tool would; what was in it is gone.
     * Pages are shared, not copied.
     *
     * @param source of this disk or another one; must exist, as must this
     */
    public void copyFrom(SimStorage source) throws IOException {
        SimDirectory copy;
        synchronized (source.disk) {
            copy = copy(source.here());
        }
        synchronized (disk) {
            SimDirectory here = here();
            here.cache.clear();
            here.cache.putAll(copy.cache);
            here.sync();
        }
    }

    private static SimDirectory copy(SimDirectory source) {
        SimDirectory copy = new SimDirectory();
        source.cache.forEach((name, node) -> copy.cache.put(
                name,
                node instanceof SimDirectory child
                        ? copy(child)
                        : new SimInode(
                                ((SimInode) node).cache.share(), ((SimInode) node).cache.share(), new ArrayList<>())));
        copy.sync();
        return copy;
    }

    private StorageFile opened(SimInode inode, String at, Access access) {
        SimFile file = new SimFile(disk, inode, at, access);
        disk.open.add(file);
        return file;
    }

    private String child(String name) {
        return below(StorageNames.check(name));
    }

    private String below(String relative) {
        return path.isEmpty() ? relative : path + "/" + relative;
    }

    private SimDirectory here() throws IOException {
        disk.requireRunning();
        SimDirectory here = find();
        if (here == null) {
            throw new NoSuchFileException(description());
        }
        return here;
    }

    private static String[] namesOf(String absolute) {
        return absolute.isEmpty() ? new String[0] : absolute.split("/");
    }

    private SimDirectory find() {
        return find(names);
    }

    private SimDirectory find(String... absolute) {
        SimDirectory directory = disk.root;
        for (String element : absolute) {
            if (!(directory.cache.get(element) instanceof SimDirectory child)) {
                return null;
            }
            directory = child;
        }
        return directory;
    }

    private SimNode node(SimDirectory directory, String name) throws IOException {
        SimNode node = directory.cache.get(name);
        if (node == null) {
            throw new NoSuchFileException(below(name));
        }
        return node;
    }

    private SimDirectory parentOf(String relative) throws IOException {
        int slash = relative.lastIndexOf('/');
        String parent = slash < 0 ? path : below(relative.substring(0, slash));
        SimDirectory directory = find(namesOf(parent));
        if (directory == null) {
            throw new NoSuchFileException(parent);
        }
        return directory;
    }

    private static String lastOf(String relative) {
        return relative.substring(relative.lastIndexOf('/') + 1);
    }

    private SimInode inode(String relative) throws IOException {
        if (node(parentOf(relative), lastOf(relative)) instanceof SimInode inode) {
            return inode;
        }
        throw new FileSystemException(below(relative), null, "not a regular file");
    }

    private static byte[] bytes(SimImage image) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(image.length()));
        image.read(bytes, 0, bytes.capacity());
        return bytes.array();
    }

    private static void gather(String prefix, SimDirectory directory, List<String> files) {
        directory.cache.forEach((name, node) -> {
            if (node instanceof SimDirectory child) {
                gather(prefix + name + "/", child, files);
            } else {
                files.add(prefix + name);
            }
        });
    }

    /** Called before operations. */
    @FunctionalInterface
    public interface OperationHook {
        /** May crash or clone the disk, arm faults, wait, or throw in place of the operation. */
        void before(long number, StorageOp op, String path) throws IOException;
    }

    /** The disk was stopped or has crashed. */
    public static final class StoppedException extends IOException {
        private static final long serialVersionUID = 1L;

        StoppedException(String message) {
            super(message);
        }

        /** Each call on a stopped disk throws one, and what it met was not there any more: where that was says nothing. */
        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    private static final class Lock implements DirectoryLock {
        private final SimDisk disk;
        private final SimDirectory directory;
        private boolean closed;

        Lock(SimDisk disk, SimDirectory directory) {
            this.disk = disk;
            this.directory = directory;
        }

        @Override
        public void close() {
            synchronized (disk) {
                if (!closed) {
                    closed = true;
                    disk.locked.remove(directory);
                }
            }
        }
    }
}
