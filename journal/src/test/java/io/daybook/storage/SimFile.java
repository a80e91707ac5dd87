package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;

/** An open file of a simulated disk. <b>Thread-safe.</b> */
final class SimFile implements StorageFile {
    /** What a journal writes ahead, so often that a copy of it each time would count. */
    private static final byte[] ZEROS = new byte[256 << 10];

    private final SimDisk disk;
    private final SimInode inode;
    private final String path;
    private final Storage.Access access;
    private boolean closed;

    SimFile(SimDisk disk, SimInode inode, String path, Storage.Access access) {
        this.disk = disk;
        this.inode = inode;
        this.path = path;
        this.access = access;
    }

    @Override
    public int writeAt(ByteBuffer source, long position) throws IOException {
        requireOpen(true);
        requirePosition(position);
        int wanted = source.remaining();
        if (wanted == 0) {
            return 0;
        }
        StorageFault fault = disk.begin(StorageOp.WRITE, path, position, wanted);
        synchronized (disk) {
            int bytes = wanted;
            if (fault == StorageFault.EIO_WRITE || fault == StorageFault.STOP) {
                bytes = disk.random.nextInt(wanted + 1);
                apply(source.duplicate(), position, disk.fitting(inode.cache, position, bytes));
            } else if (fault == StorageFault.SHORT_WRITE) {
                bytes = wanted == 1 ? 1 : 1 + disk.random.nextInt(wanted - 1);
                fault = null;
            } else if (fault == StorageFault.ZERO_WRITE) {
                return 0;
            }
            if (fault != null) {
                disk.raise(fault, place("write of " + wanted + " bytes at " + position));
            }
            bytes = disk.fitting(inode.cache, position, bytes);
            if (bytes == 0) {
                disk.counts.add(FaultId.F7);
                throw SimDisk.noSpace(place("write of " + wanted + " bytes at " + position));
            }
            apply(source, position, bytes);
            return bytes;
        }
    }

    @Override
    public int readAt(ByteBuffer target, long position) throws IOException {
        requireOpen(false);
        requirePosition(position);
        int wanted = target.remaining();
        if (wanted == 0) {
            return 0;
        }
        StorageFault fault = disk.begin(StorageOp.READ, path, position, wanted);
        synchronized (disk) {
            int most = wanted;
            if (fault == StorageFault.SHORT_READ) {
                most = wanted == 1 ? 1 : 1 + disk.random.nextInt(wanted - 1);
                fault = null;
            } else if (fault == StorageFault.ZERO_READ && position < inode.cache.length()) {
                return 0;
            } else if (fault == StorageFault.ZERO_READ) {
                fault = null;
            }
            if (fault != null) {
                disk.raise(fault, place("read of " + wanted + " bytes at " + position));
            }
            if (inode.isBad(position, most)) {
                disk.counts.add(FaultId.F8);
                throw SimDisk.inputOutput(place("read of " + wanted + " bytes at " + position));
            }
            if (inode.isRotten(position, most)) {
                disk.counts.add(FaultId.F9);
            }
            return position >= inode.cache.length() ? -1 : inode.cache.read(target, position, most);
        }
    }

    @Override
    public void sync(boolean metadata) throws IOException {
        requireOpen(false);
        StorageFault fault = disk.begin(StorageOp.SYNC, path, "");
        synchronized (disk) {
            if (inode.takeLateError()) {
                disk.counts.add(FaultId.F6);
                inode.failSync(disk.random, false);
                throw SimDisk.inputOutput(place("sync"));
            }
            if (fault == null) {
                inode.sync();
            } else if (fault == StorageFault.EIO_SYNC_LATE) {
                inode.syncFailingLate(disk.random);
                fault = null;
            } else if (fault != StorageFault.STOP) {
                inode.failSync(disk.random, fault == StorageFault.EIO_SYNC_REVERTED);
            }
            disk.raise(fault, path, "sync");
        }
        disk.synced(path);
    }

    @Override
    public void truncate(long bytes) throws IOException {
        requireOpen(true);
        requirePosition(bytes);
        StorageFault fault = disk.begin(StorageOp.TRUNCATE, path, 0, bytes);
        synchronized (disk) {
            if (fault != null) {
                disk.raise(fault, place("truncate to " + bytes + " bytes"));
            }
            inode.truncate(disk.nextSequence(), bytes);
        }
    }

    @Override
    public long size() throws IOException {
        requireOpen(false);
        synchronized (disk) {
            return inode.cache.length();
        }
    }

    @Override
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Override
    public void close() {
        synchronized (disk) {
            closed = true;
            disk.open.remove(this);
        }
    }

    @Override
    public String toString() {
        return path;
    }

    private void apply(ByteBuffer source, long position, int bytes) {
        if (bytes > 0) {
            inode.write(disk.nextSequence(), position, taken(source, bytes));
        }
    }

    private static byte[] taken(ByteBuffer source, int bytes) {
        if (bytes == ZEROS.length && source.slice(source.position(), bytes).mismatch(ByteBuffer.wrap(ZEROS)) < 0) {
            source.position(source.position() + bytes);
            return ZEROS;
        }
        byte[] copy = new byte[bytes];
        source.get(copy);
        return copy;
    }

    private String place(String what) {
        return path + ": " + what;
    }

    private void requireOpen(boolean writing) throws IOException {
        synchronized (disk) {
            disk.requireRunning();
            if (closed) {
                throw new ClosedChannelException();
            }
            if (writing && access == Storage.Access.READ) {
                throw new NonWritableChannelException();
            }
        }
    }

    private static void requirePosition(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("negative position or length: " + position);
        }
    }
}
