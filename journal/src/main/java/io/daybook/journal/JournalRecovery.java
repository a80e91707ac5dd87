package io.daybook.journal;

import io.daybook.storage.NoSpaceException;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Finds the end of a journal that was not closed in order, and makes it an end that lasts.
 *
 * <h2>What it decides</h2>
 * Segments whose valid end the manifest knows are not looked at. The others are read frame by frame. Where no whole frame
 * stands, every block boundary behind, in that segment and all later ones, is searched for a frame whose watermark covers the
 * missing LSN: if there is one, the missing bytes were durable, so it is <em>damage</em> and the open is refused; if there is
 * none, nobody was told of them, so it is a <em>torn tail</em> and is cut.
 *
 * <h2>What it changes</h2>
 * No byte of a frame that it found. Frames that no watermark covers were perhaps never synced (after a failed sync the page
 * cache may show what the disk does not have), so they are written again, into a new segment, and synced before anyone sees
 * them. Then one snapshot of the manifest sets all valid ends, lists the copy and drops what is empty. A crash before that
 * snapshot leaves the journal as it was found; the unlisted copy is deleted by the next open. Behind it, files that
 * hold room made ready ahead are cut at their valid ends if the disk is nearly full.
 */
final class JournalRecovery {

    /**
     * What was found and done.
     *
     * @param lastLsn the highest LSN of the recovered journal
     * @param copiedFromLsn the first LSN that was written again, {@link Long#MAX_VALUE}: none
     * @param copiedFrames frames written again
     * @param tornBytes bytes behind the valid end of the last segment that had begun a frame, 0: nothing was torn
     * @param scannedBytes bytes of frames that were read
     */
    record Result(long lastLsn, long copiedFromLsn, int copiedFrames, long tornBytes, long scannedBytes) {}

    /** One open segment as it was found. */
    private static final class Found {
        final SegmentEntry entry;
        final StorageFile file;
        final int blockBytes;
        final List<FrameInfo> frames = new ArrayList<>();
        long end;
        String fault;
        long faultOffset;
        boolean endsClean = true;
        final ContentsWriter contents;
        /** Behind its frames may stand what was written in another life of the file. */
        final boolean recycled;

        Found(SegmentEntry entry, StorageFile file, int blockBytes, boolean recycled, ContentsWriter contents) {
            this.entry = entry;
            this.file = file;
            this.blockBytes = blockBytes;
            this.recycled = recycled;
            this.contents = contents;
        }
    }

    private record FrameInfo(long offset, int bytes, long firstLsn, long lastLsn, long watermark, boolean says) {}

    private final SegmentCatalog catalog;
    private final SegmentDirectory directory;
    private final SecureRandom random;
    private final int blockBytes;
    private final Map<Long, ByteBuffer> contents = new HashMap<>();
    private ByteBuffer memory;
    private long scannedBytes;
    /** Whether the manifest says what was recovered. */
    private boolean listed = true;

    JournalRecovery(SegmentCatalog catalog, SegmentDirectory directory, SecureRandom random) {
        this.catalog = catalog;
        this.directory = directory;
        this.random = random;
        this.blockBytes = directory.blockBytes();
    }

    /** Recovers for writing. */
    Result recover() throws IOException {
        List<Found> found = scanOpenSegments(false);
        try {
            List<Long> unlisted = unlisted();
            for (long id : unlisted) {
                refuseNewer(id, lastLsn(found));
            }
            Result result = settle(found, highestWatermark(found), !unlisted.isEmpty());
            if (listed) {
                for (long id : unlisted) {
                    directory.delete(id);
                }
                catalog.repair();
            }
            return result;
        } finally {
            close(found);
        }
    }

    /** The segments and valid ends that a reader beside a writer may use: up to the highest watermark; changes nothing. */
    List<SegmentEntry> readOnlyView(List<Long> hiddenRecords) throws IOException {
        List<Found> found = scanOpenSegments(true);
        try {
            long watermark = highestWatermark(found);
            List<SegmentEntry> view = new ArrayList<>();
            for (SegmentEntry entry : catalog.segments()) {
                if (entry.state() == SegmentEntry.State.SEALED && entry.isJournal()) {
                    view.add(entry);
                }
            }
            long hidden = 0;
            for (Found segment : found) {
                List<FrameInfo> kept = keep(segment, watermark);
                for (FrameInfo frame : segment.frames.subList(kept.size(), segment.frames.size())) {
                    hidden += frame.lastLsn() - frame.firstLsn() + 1;
                }
                if (!kept.isEmpty()) {
                    view.add(sealed(segment, kept));
                }
            }
            hiddenRecords.add(hidden);
            view.sort(Comparator.comparingLong(SegmentEntry::firstLsn));
            return view;
        } finally {
            close(found);
        }
    }

    /** With a writer beside, frames may come between two looks at a segment. */
    private List<Found> scanOpenSegments(boolean besideWriter) throws IOException {
        List<Found> found = new ArrayList<>();
        try {
            long lsn = catalog.lastLsn();
            for (SegmentEntry entry : catalog.segments()) {
                lsn = Math.max(lsn, entry.isJournal() ? entry.lastLsn() : LedgerTable.droppedUpTo(entry));
                StorageFile file = directory.open(entry);
                if (entry.state() != SegmentEntry.State.SEALED) {
                    found.add(found(entry, file));
                    continue;
                }
                try (file) {
                    if (file.size() < entry.validEnd()) {
                        throw JournalException.damaged(
                                directory.path(entry.id()),
                                entry.id(),
                                file.size(),
                                "sealed segment of " + entry.validEnd() + " bytes is cut off");
                    }
                }
            }
            for (Found segment : found) {
                scan(segment);
            }
            while (true) {
                try {
                    refuseDamage(found, lsn);
                    return found;
                } catch (JournalException e) {
                    // What proves that a frame was durable was seen, so that frame is seen now; or it is damaged.
                    if (!besideWriter || !readOn(found)) {
                        throw e;
                    }
                }
            }
        } catch (Throwable e) {
            close(found);
            throw e;
        }
    }

    private Found found(SegmentEntry entry, StorageFile file) throws IOException {
        try {
            return new Found(
                    entry,
                    file,
                    directory.blockBytes(file),
                    directory.isRecycled(file),
                    new ContentsWriter(file.size()));
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /** Whether any segment has whole frames by now where it had none before; at the latest when all are full it has not. */
    private boolean readOn(List<Found> found) throws IOException {
        int before = 0;
        int now = 0;
        for (Found segment : found) {
            before += segment.frames.size();
            scan(segment);
            now += segment.frames.size();
        }
        return now > before;
    }

    /** One scan after the other has it. */
    private ByteBuffer memory(long bytes, int frameBlockBytes) {
        memory = FrameScan.buffer(memory, bytes, frameBlockBytes);
        return memory;
    }

    /** Reads on behind the frames that were read before. */
    private void scan(Found segment) throws IOException {
        boolean begins = segment.frames.isEmpty();
        long from = begins ? segment.blockBytes : segment.end;
        long size = segment.file.size();
        FrameScan scan = new FrameScan(
                segment.file,
                segment.entry,
                segment.blockBytes,
                from,
                size,
                begins ? 0 : segment.frames.get(segment.frames.size() - 1).lastLsn() + 1,
                memory(size - from, segment.blockBytes),
                full -> full);
        while (scan.next()) {
            segment.frames.add(new FrameInfo(
                    scan.offset(),
                    scan.bytes(),
                    scan.firstLsn(),
                    scan.lastLsn(),
                    scan.watermark(),
                    scan.saysAnything()));
            segment.contents.add(scan, segment.blockBytes);
            scannedBytes += scan.bytes();
        }
        segment.end = scan.end();
        segment.fault = scan.fault();
        segment.faultOffset = scan.faultOffset();
        segment.endsClean =
                segment.fault == null || scan.endsClean() || (segment.recycled && !scan.endsInFrameOfSegment());
    }

    /** For each place where the frames of a segment stop: was there something durable? */
    private void refuseDamage(List<Found> found, long sealedLsn) throws IOException {
        long lastLsn = sealedLsn;
        boolean framesBefore = false;
        for (int i = 0; i < found.size(); i++) {
            Found segment = found.get(i);
            if (!segment.frames.isEmpty()) {
                FrameInfo first = segment.frames.get(0);
                if (first.firstLsn() <= lastLsn) {
                    throw damaged(
                            segment,
                            first.offset(),
                            "frame repeats LSN " + first.firstLsn() + ", as " + lastLsn + " came before");
                }
                if (first.watermark() > lastLsn) {
                    throw damaged(
                            segment,
                            first.offset(),
                            "frames with LSN " + (lastLsn + 1) + " to " + first.watermark()
                                    + " are missing before the frame");
                }
                if (framesBefore && first.firstLsn() != lastLsn + 1) {
                    // Segments that are open together were written one after the other, each synced before the next
                    // began.
                    throw damaged(
                            segment,
                            first.offset(),
                            "frames with LSN " + (lastLsn + 1) + " to " + (first.firstLsn() - 1)
                                    + " are missing before the frame");
                }
                framesBefore = true;
                lastLsn = segment.frames.get(segment.frames.size() - 1).lastLsn();
            }
            if (segment.fault == null || nextLsn(found, i) == lastLsn + 1) {
                // Also where the journal went on in the next segment, which a crash kept from being sealed in the
                // manifest.
                continue;
            }
            for (int later = i; later < found.size(); later++) {
                Found other = found.get(later);
                long from = later == i ? segment.end + other.blockBytes : other.blockBytes;
                long proof = FrameScan.findProof(other.file, other.entry, other.blockBytes, from, lastLsn + 1, memory);
                if (proof >= 0) {
                    throw damaged(
                            segment,
                            segment.faultOffset,
                            segment.fault + "; it was durable, as a frame in " + directory.path(other.entry.id())
                                    + " at " + proof + " proves; LSN from " + (lastLsn + 1) + " on is affected");
                }
            }
        }
        SegmentEntry table = LedgerTable.newest(catalog.segments());
        if (table != null && LedgerTable.asOfLsn(table) > lastLsn) {
            throw JournalException.damaged(
                    directory.path(table.id()),
                    table.id(),
                    0,
                    "frames with LSN " + (lastLsn + 1) + " to " + LedgerTable.asOfLsn(table)
                            + " are missing; they were durable when segments were given back as of that LSN");
        }
    }

    /** The first LSN behind a segment that is still there in a whole frame at the begin of another one, 0: none. */
    private static long nextLsn(List<Found> found, int index) {
        for (Found later : found.subList(index + 1, found.size())) {
            if (!later.frames.isEmpty()) {
                return later.frames.get(0).firstLsn();
            }
        }
        return 0;
    }

    private JournalException damaged(Found segment, long offset, String what) {
        return JournalException.damaged(directory.path(segment.entry.id()), segment.entry.id(), offset, what);
    }

    private long highestWatermark(List<Found> found) {
        long watermark = catalog.lastLsn();
        for (SegmentEntry entry : catalog.segments()) {
            watermark = Math.max(watermark, entry.lastLsn());
        }
        for (Found segment : found) {
            for (FrameInfo frame : segment.frames) {
                watermark = Math.max(watermark, frame.watermark());
            }
        }
        return watermark;
    }

    private static List<FrameInfo> keep(Found segment, long watermark) {
        int kept = 0;
        while (kept < segment.frames.size() && segment.frames.get(kept).lastLsn() <= watermark) {
            kept++;
        }
        return segment.frames.subList(0, kept);
    }

    private SegmentEntry sealed(Found segment, List<FrameInfo> kept) {
        FrameInfo last = kept.get(kept.size() - 1);
        return segment.entry.sealed(
                kept.get(0).firstLsn(),
                last.lastLsn(),
                last.offset() + FrameFormat.padded(last.bytes(), segment.blockBytes),
                0);
    }

    private Result settle(List<Found> found, long watermark, boolean deletes) throws IOException {
        List<SegmentEntry> changed = new ArrayList<>();
        List<Long> emptied = new ArrayList<>();
        long lastLsn = watermark;
        boolean cut = false;
        int copiedFrames = 0;
        long copiedFrom = Long.MAX_VALUE;
        long torn = 0;
        List<SegmentEntry> copies = new ArrayList<>();
        for (Found segment : found) {
            List<FrameInfo> kept = keep(segment, watermark);
            List<FrameInfo> again = new ArrayList<>();
            for (FrameInfo frame : segment.frames.subList(kept.size(), segment.frames.size())) {
                cut = true;
                if (frame.says()) {
                    again.add(frame);
                }
                lastLsn = Math.max(lastLsn, frame.lastLsn());
            }
            if (!segment.endsClean) {
                torn += Math.max(0, segment.file.size() - segment.end);
                cut = true;
            }
            if (!again.isEmpty()) {
                copy(segment, again, copies);
                copiedFrames += again.size();
                copiedFrom = Math.min(copiedFrom, again.get(0).firstLsn());
            }
            if (kept.isEmpty()) {
                emptied.add(segment.entry.id());
                changed.add(segment.entry.retired());
            } else {
                changed.add(sealed(segment, kept));
            }
        }
        changed.addAll(copies);
        if (!changed.isEmpty() || deletes) {
            // Also before unlisted files go: what unlisted them may have been read from a page cache that the disk
            // never got.
            listed = catalog.recovered(changed, lastLsn, cut ? incarnation(lastLsn, copiedFrom) : null);
        }
        if (!listed && !copies.isEmpty()) {
            // What was written again is not to be shown before it is listed: a power loss may leave nothing else of it.
            NoSpaceException e = new NoSpaceException(
                    "what was written again in " + file(copies.get(0)) + " cannot be listed in the manifest", null);
            if (!catalog.mayBeOnDisk(copies)) {
                deleteAfter(e, copies);
            }
            throw e;
        }
        if (listed) {
            for (long id : emptied) {
                directory.delete(id);
            }
            cutOff(found, changed);
        }
        return new Result(lastLsn, copiedFrom, copiedFrames, torn, scannedBytes);
    }

    /**
     * It must outlive this open: an index that knows the place of a frame that was cut from there may still be here at the next
     * one, if this one ends before it is built anew. On a disk that keeps what it has synced there is none, as an index knows
     * only what a durable watermark covers.
     */
    private SegmentCatalog.Incarnation incarnation(long lastLsn, long copiedFrom) {
        return new SegmentCatalog.Incarnation(random.nextLong(), Math.min(lastLsn, copiedFrom - 1));
    }

    /** Writes frames again, in a segment of their own for each run of consecutive LSNs; synced on return. */
    private void copy(Found source, List<FrameInfo> frames, List<SegmentEntry> copies) throws IOException {
        int from = 0;
        for (int i = 1; i <= frames.size(); i++) {
            if (i == frames.size()
                    || frames.get(i).firstLsn() != frames.get(i - 1).lastLsn() + 1) {
                try {
                    copies.add(copyRun(source, frames.subList(from, i)));
                } catch (NoSpaceException e) {
                    deleteAfter(e, copies);
                    throw e;
                }
                from = i;
            }
        }
    }

    /** Copies take room that there is too little of, and the next try makes others. */
    private void deleteAfter(NoSpaceException failure, List<SegmentEntry> copies) {
        try {
            for (SegmentEntry copy : copies) {
                directory.delete(copy.id());
            }
        } catch (IOException e) {
            // The next open deletes them.
            failure.addSuppressed(e);
        }
    }

    private SegmentEntry copyRun(Found source, List<FrameInfo> frames) throws IOException {
        long capacity = blockBytes;
        for (FrameInfo frame : frames) {
            capacity += FrameFormat.padded(frame.bytes(), blockBytes);
        }
        SegmentEntry entry = SegmentEntry.copy(catalog.allocateSegmentId(), random.nextLong());
        StorageFile target = directory.create(entry, capacity);
        try (target) {
            long offset = blockBytes;
            FrameScan scan = new FrameScan(
                    source.file, source.entry, source.blockBytes, frames.get(0).offset(), source.end, 0);
            int copied = 0;
            while (copied < frames.size() && scan.next()) {
                if (scan.offset() != frames.get(copied).offset()) {
                    continue;
                }
                ByteBuffer frame = moved(scan, entry, offset);
                int bytes = frame.remaining();
                target.writeFully(frame, offset);
                offset += bytes;
                copied++;
            }
            if (copied != frames.size()) {
                throw new IOException(directory.path(source.entry.id()) + ": read differently the second time: "
                        + scan.fault() + " at " + scan.faultOffset());
            }
            target.sync(true);
            FrameInfo last = frames.get(frames.size() - 1);
            return entry.sealed(frames.get(0).firstLsn(), last.lastLsn(), offset, 0);
        } catch (NoSpaceException e) {
            // It takes room that there is too little of, and the next try makes another one.
            directory.delete(entry.id());
            throw e;
        }
    }

    /**
     * Room that was made ready behind what was written is given back where it matters, as many crashes on a small disk would
     * fill it. The manifest knows the ends, and nobody looks behind them.
     */
    private void cutOff(List<Found> found, List<SegmentEntry> changed) throws IOException {
        long free = directory.storage().freeBytes();
        for (int i = 0; i < found.size(); i++) {
            SegmentEntry entry = changed.get(i);
            boolean kept = entry.state() == SegmentEntry.State.SEALED;
            if (!kept || (found.get(i).file.size() - entry.validEnd()) * 16 <= free) {
                continue;
            }
            try (StorageFile file = directory.storage().open(SegmentFormat.name(entry.id()), Storage.Access.WRITE)) {
                file.truncate(entry.validEnd());
            } catch (IOException e) {
                System.getLogger(JournalRecovery.class.getName())
                        .log(System.Logger.Level.WARNING, "{0} stays longer than its end: {1}", file(entry), e);
            }
        }
    }

    private String file(SegmentEntry entry) {
        return directory.path(entry.id());
    }

    /** The same records with the checksums of another place, padded. */
    private ByteBuffer moved(FrameScan scan, SegmentEntry entry, long offset) {
        int bytes = scan.bytes();
        ByteBuffer frame = ByteBuffer.allocateDirect((int) FrameFormat.padded(bytes, blockBytes))
                .order(ByteOrder.LITTLE_ENDIAN);
        scan.copyTo(frame);
        RecordChecksum checksum = new RecordChecksum();
        ByteBuffer view = frame.duplicate();
        int at = FrameFormat.HEADER_BYTES;
        for (int i = 0; i < scan.records(); i++) {
            int word = frame.getInt(at + RecordFormat.WORD_OFFSET);
            int end = at + RecordFormat.HEADER_BYTES + RecordFormat.payloadBytes(word);
            view.limit(end).position(at + RecordFormat.HEADER_BYTES);
            int crc = checksum.record(
                    entry.nonce(),
                    offset + at,
                    word,
                    frame.getLong(at + RecordFormat.LEDGER_OFFSET),
                    frame.getLong(at + RecordFormat.ENTRY_OFFSET),
                    view);
            frame.putInt(at + RecordFormat.CRC_OFFSET, crc);
            at = end;
        }
        FrameFormat.writeHeader(
                frame,
                view,
                0,
                checksum,
                entry.nonce(),
                entry.id(),
                offset,
                bytes,
                scan.records(),
                scan.firstLsn(),
                scan.watermark());
        return frame.clear();
    }

    private long lastLsn(List<Found> found) {
        long last = highestWatermark(found);
        for (Found segment : found) {
            for (FrameInfo frame : segment.frames) {
                last = Math.max(last, frame.lastLsn());
            }
        }
        return last;
    }

    /** Tells what of files that no manifest lists an open for writing would be refused for; changes nothing, with no writer beside. */
    void checkUnlisted(JournalTools.DamageListener damages) throws IOException {
        List<Found> found = scanOpenSegments(false);
        try {
            long lastLsn = lastLsn(found);
            for (long id : unlisted()) {
                try {
                    refuseNewer(id, lastLsn);
                } catch (JournalException e) {
                    damages.damaged(e.file(), e.segmentId(), e.offset(), Long.MAX_VALUE, e.getMessage());
                } catch (IOException e) {
                    damages.damaged(
                            directory.path(id),
                            id,
                            0,
                            Long.MAX_VALUE,
                            "not listed, and not to be told what it is: " + e);
                }
            }
        } finally {
            close(found);
        }
    }

    private List<Long> unlisted() throws IOException {
        List<Long> ids = new ArrayList<>();
        for (String name : directory.storage().list()) {
            OptionalLong id = SegmentFormat.idOf(name);
            if (id.isPresent() && catalog.segment(id.getAsLong()) == null) {
                catalog.seen(id.getAsLong());
                ids.add(id.getAsLong());
            }
        }
        return ids;
    }

    /**
     * Files of segments that no manifest lists are left-overs of a preparation or a copy that a crash cut short. One that holds
     * records from behind the end of the journal is something else: the manifest is older than the segments, and nothing is
     * touched.
     */
    private void refuseNewer(long id, long lastLsn) throws IOException {
        SegmentEntry entry = directory.probe(id);
        if (entry == null) {
            refuseWithoutHeader(id);
            return;
        }
        boolean copied = entry.kind() == SegmentEntry.Kind.COPIED;
        if (!entry.isJournal() || (copied && catalog.unread() == null)) {
            // A copy may know more than what is left of its source: a crash of the machine, before the copy was listed,
            // can take
            // back frames that a crash of the process had left. Nobody was told of them.
            return;
        }
        try (StorageFile file = directory.open(entry)) {
            int block = directory.blockBytes(file);
            FrameScan scan = new FrameScan(file, entry, block, block, file.size(), 0);
            while (scan.next()) {
                if (scan.lastLsn() > lastLsn && copied) {
                    // The copy of the manifest that cannot be read may list it. Another try may read that.
                    IOException failure = catalog.unread();
                    failure.addSuppressed(new IOException(directory.path(entry.id()) + " holds LSN " + scan.lastLsn()
                            + ", the journal ends at " + lastLsn));
                    throw failure;
                }
                if (scan.lastLsn() > lastLsn) {
                    throw JournalException.damaged(
                            directory.path(entry.id()),
                            entry.id(),
                            scan.offset(),
                            "segment that the manifest does not list holds LSN " + scan.lastLsn()
                                    + ", the journal ends at " + lastLsn
                                    + ": the manifest is older than the segments,");
                }
            }
        }
    }

    /**
     * The header of a segment is durable before anything else is written to it, so a file whose header is not whole is the
     * left-over of a preparation only if no frame is in it.
     */
    private void refuseWithoutHeader(long id) throws IOException {
        long at = directory.frameWithoutHeader(id);
        if (at >= 0) {
            throw JournalException.damaged(
                    directory.path(id),
                    id,
                    0,
                    "segment that the manifest does not list has a damaged header and a frame at " + at
                            + ": the manifest may be older than the segments,");
        }
    }

    /**
     * What the frames of the open segments hold, by segment, as long as they need not be read again for it.
     */
    Map<Long, ByteBuffer> contents() {
        return contents;
    }

    private void close(List<Found> found) throws IOException {
        IOException failure = null;
        for (Found segment : found) {
            ByteBuffer gathered = segment.contents.unchecked();
            if (gathered != null) {
                contents.put(segment.entry.id(), gathered);
            }
            try {
                segment.file.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** The segments that hold records of the journal. */
    static List<SegmentEntry> byLsn(List<SegmentEntry> segments) {
        List<SegmentEntry> sorted = new ArrayList<>(segments);
        sorted.removeIf(entry -> !entry.isJournal());
        sorted.sort(Comparator.comparingLong(SegmentEntry::firstLsn));
        return Collections.unmodifiableList(sorted);
    }
}
