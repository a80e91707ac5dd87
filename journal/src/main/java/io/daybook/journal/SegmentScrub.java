package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Reads sealed segments again, a little at a time and one after the other, for ever: bits rot where nobody reads. What does not
 * verify twice is damage; its segment is marked, so that it is never dropped nor its file used again.
 *
 * <p>A segment stays open between steps. That one was dropped meanwhile is seen at the next step, before anything of it is
 * read: so <b>confined to the thread that drops segments</b>, but for {@link #close}.
 */
public final class SegmentScrub {
    private static final System.Logger LOG = System.getLogger(SegmentScrub.class.getName());

    /** How far a step looks for the next frame behind one whose header is damaged. */
    private static final int SEARCH_BYTES = 1 << 20;

    private final SegmentCatalog catalog;
    private final SegmentDirectory directory;
    private final SegmentReclaim reclaim;

    private SegmentEntry segment;
    private StorageFile file;
    private FrameScan scan;
    private int blockBytes;
    private long next;
    private long lastId = -1;
    private long read;
    private boolean closed;

    SegmentScrub(SegmentCatalog catalog, SegmentDirectory directory, SegmentReclaim reclaim) {
        this.catalog = catalog;
        this.directory = directory;
        this.reclaim = reclaim;
    }

    /**
     * Damage that was found.
     *
     * @param file path of the segment
     * @param segmentId its id
     * @param offset where, in bytes
     * @param what what is wrong
     */
    public record Found(String file, long segmentId, long offset, String what) {}

    /** Told of what a step finds. */
    public interface Listener {
        /** A damaged place; its segment is marked. */
        void damaged(Found found);

        /** All segments that were sealed were read, and the next pass begins. */
        void passed();
    }

    /**
     * Reads a few frames.
     *
     * @param bytesMax about so many bytes; at least one frame is read
     * @param listener told of what it finds
     * @return bytes read, 0: there is no sealed segment, or a pass has ended
     */
    public synchronized long scrubOnce(long bytesMax, Listener listener) {
        read = 0;
        while (!closed && read < bytesMax) {
            if (!isCurrent() && !openNext()) {
                if (read == 0 && lastId >= 0) {
                    lastId = -1;
                    listener.passed();
                }
                break;
            }
            step(listener);
        }
        return read;
    }

    /** Returns the sealed segments that were marked as damaged, in this open or an earlier one. */
    public List<Long> marked() throws IOException {
        List<Long> marked = new ArrayList<>();
        for (SegmentEntry entry : catalog.segments()) {
            if (entry.state() == SegmentEntry.State.SEALED && reclaim.isMarked(entry.id())) {
                marked.add(entry.id());
            }
        }
        return marked;
    }

    private boolean isCurrent() {
        if (segment != null && !Objects.equals(catalog.segment(segment.id()), segment)) {
            // Dropped: its file may be on its way to another life.
            leave();
        }
        return segment != null;
    }

    private boolean openNext() {
        for (SegmentEntry entry : catalog.segments()) {
            if (entry.id() > lastId && entry.state() == SegmentEntry.State.SEALED) {
                segment = entry;
                lastId = entry.id();
                next = 0;
                return true;
            }
        }
        return false;
    }

    private void step(Listener listener) {
        try {
            stepTwice(listener);
        } catch (IOException e) {
            // Such as a sector that the device cannot read.
            damaged(next, "cannot be read: " + e.getMessage(), listener);
            next += Math.max(blockBytes, directory.blockBytes());
            closeFile();
            if (next >= segment.validEnd()) {
                leave();
            }
        }
    }

    /** What goes wrong once may be the way here, and not the medium. */
    private void stepTwice(Listener listener) throws IOException {
        String before = null;
        while (true) {
            String fault;
            try {
                fault = readOne();
            } catch (IOException e) {
                if (before != null) {
                    throw e;
                }
                fault = String.valueOf(e.getMessage());
            }
            if (fault == null) {
                return;
            }
            boolean again = before != null;
            long offset = scan != null && scan.fault() != null ? scan.faultOffset() : next;
            if (again) {
                damaged(offset, fault, listener);
                goBehind();
                return;
            }
            before = fault;
            closeFile();
        }
    }

    /** Reads a frame, or what stands at the ends of a segment; why it does not verify, null: it does. */
    private String readOne() throws IOException {
        if (file == null) {
            try {
                file = directory.open(segment);
            } catch (JournalException e) {
                next = segment.validEnd();
                return e.getMessage();
            } catch (FileSystemException e) {
                // Such as too many open files, which says nothing of this one: the next pass reads it.
                LOG.log(System.Logger.Level.DEBUG, "{0} is not scrubbed now: {1}", directory.path(segment.id()), e);
                read += directory.blockBytes();
                leave();
                return null;
            }
            blockBytes = directory.blockBytes(file);
            read += blockBytes;
        }
        next = Math.max(next, blockBytes);
        if (next >= segment.validEnd()) {
            return readFooter();
        }
        if (scan == null) {
            scan = new FrameScan(file, segment, blockBytes, next, segment.validEnd(), 0);
        }
        if (!scan.next()) {
            return scan.fault() != null ? scan.fault() : "frames end early";
        }
        read += scan.end() - next;
        next = scan.end();
        return null;
    }

    private String readFooter() throws IOException {
        if (segment.footerBytes() > 0) {
            SegmentFooter footer = SegmentFooter.read(file, segment);
            // Not of its contents: an open that finds them damaged reads the frames.
            read += segment.footerBytes() - (footer == null ? 0 : footer.contentsBytes());
            if (footer == null) {
                return "footer is damaged";
            }
        }
        leave();
        return null;
    }

    /** Goes on behind a frame that does not verify: behind its end, where its header is whole, else where the next one is. */
    private void goBehind() throws IOException {
        if (file == null || next >= segment.validEnd()) {
            leave();
            return;
        }
        long from = next + blockBytes;
        scan = null;
        long to = Math.min(segment.validEnd(), from + SEARCH_BYTES);
        long found = FrameScan.findFrame(file, segment, blockBytes, from, to);
        next = found >= 0 ? found : to;
        read += next - from + blockBytes;
    }

    private void damaged(long offset, String what, Listener listener) {
        try {
            reclaim.mark(segment.id());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "segment " + segment.id() + " could not be marked as damaged", e);
        }
        listener.damaged(new Found(directory.path(segment.id()), segment.id(), offset, what));
    }

    private void leave() {
        closeFile();
        segment = null;
    }

    private void closeFile() {
        scan = null;
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "a file that was read did not close", e);
            }
            file = null;
        }
    }

    /** Ends it; a step that runs is waited for. */
    synchronized void close() {
        closed = true;
        leave();
    }
}
