package io.daybook.journal;

import io.daybook.storage.SpaceReserve;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A few files of dropped segments, kept for the next ones: a sync into blocks that are allocated changes no file metadata, so it
 * is faster than one into a new file.
 *
 * <p>What a crash may come between: the segment is retired in the manifest, its file gets a name that is no segment's (directory
 * synced before the file is used), then a new header (synced), then the name of the new segment (directory synced), and only then
 * is that listed. Each life has a nonce of its own in all its checksums, so nothing of an earlier one verifies. <b>Thread-safe.</b>
 */
final class FreeFiles {
    static final String PREFIX = "free-";
    private static final int FILES_MAX = 4;

    private final SegmentDirectory directory;
    private final Deque<String> names = new ArrayDeque<>();
    private boolean looked;

    FreeFiles(SegmentDirectory directory) {
        this.directory = directory;
    }

    /**
     * Keeps the file of a retired segment, or deletes it.
     *
     * @param usable whether nobody reads it any more
     * @param bytesMin files that are shorter are not worth keeping
     */
    synchronized void give(long segmentId, boolean usable, long bytesMin) throws IOException {
        look();
        Storage storage = directory.storage();
        String name = SegmentFormat.name(segmentId);
        if (!usable || names.size() >= FILES_MAX || bytes(name) < bytesMin) {
            directory.delete(segmentId);
            return;
        }
        String free = PREFIX + name;
        storage.rename(name, free);
        names.addLast(free);
    }

    private long bytes(String name) throws IOException {
        try (StorageFile file = directory.storage().open(name, Storage.Access.READ)) {
            return file.size();
        }
    }

    /** Bytes of the file that the next segment is made of, 0: none is kept. */
    synchronized long nextBytes() throws IOException {
        look();
        return names.isEmpty() ? 0 : bytes(names.peekFirst());
    }

    /** Makes a segment of a kept file, durably; null if there is none. */
    synchronized StorageFile take(SegmentEntry entry, long capacity) throws IOException {
        look();
        String name = names.pollFirst();
        if (name == null) {
            return null;
        }
        try {
            return directory.recycle(name, entry, capacity);
        } catch (IOException e) {
            for (String left : List.of(name, SegmentFormat.name(entry.id()))) {
                try {
                    if (directory.storage().exists(left)) {
                        directory.storage().delete(left);
                    }
                } catch (IOException again) {
                    e.addSuppressed(again);
                }
            }
            throw e;
        }
    }

    /** Deletes all that is kept, as the disk is full; whether there was any. */
    synchronized boolean clear() throws IOException {
        look();
        boolean any = !names.isEmpty();
        for (String name = names.pollFirst(); name != null; name = names.pollFirst()) {
            directory.storage().delete(name);
        }
        return any;
    }

    /** What earlier opens kept; more than is wanted is deleted. What somebody else has deleted for its room is forgotten. */
    private void look() throws IOException {
        if (looked) {
            for (String name : List.copyOf(names)) {
                if (!directory.storage().exists(name)) {
                    names.remove(name);
                }
            }
            return;
        }
        looked = true;
        for (String name : directory.storage().list()) {
            if (name.startsWith(PREFIX) && !name.equals(SpaceReserve.NAME)) {
                if (names.size() < FILES_MAX) {
                    names.addLast(name);
                } else {
                    directory.storage().delete(name);
                }
            }
        }
    }
}
