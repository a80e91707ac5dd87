package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads every byte of segments that says anything, and names each place that does not verify: header, frames, their LSNs against
 * the manifest, footer and contents, and what they say against the frames. <b>Confined to one thread.</b>
 */
final class SegmentCheck {
    private final SegmentDirectory directory;
    private final JournalTools.DamageListener damages;
    private final Frame.Cursor cursor = new Frame.Cursor();
    private long segments;
    private long frames;
    private long records;
    private long bytes;

    /** The entries of a ledger in a segment. */
    private static final class Held {
        long entries;
        long bytes;
        long first = Long.MAX_VALUE;
        long last = -1;

        void entry(long entryId, int payloadBytes) {
            entries++;
            bytes += payloadBytes;
            first = Math.min(first, entryId);
            last = Math.max(last, entryId);
        }

        void row(SegmentFooter.Row row) {
            entries += row.entries();
            bytes += row.bytes();
            if (row.entries() > 0) {
                first = Math.min(first, row.firstEntryId());
                last = Math.max(last, row.lastEntryId());
            }
        }

        boolean sameAs(Held other) {
            return entries == other.entries && bytes == other.bytes && first == other.first && last == other.last;
        }
    }

    SegmentCheck(SegmentDirectory directory, JournalTools.DamageListener damages) {
        this.directory = directory;
        this.damages = damages;
    }

    JournalTools.Checked sums() {
        return new JournalTools.Checked(segments, frames, records, bytes);
    }

    /**
     * Checks a segment.
     *
     * @throws JournalException if it is none: missing, or its header does not verify
     */
    void check(SegmentEntry entry) throws IOException {
        boolean sealed = entry.state() == SegmentEntry.State.SEALED;
        String path = directory.path(entry.id());
        try (StorageFile file = directory.open(entry)) {
            segments++;
            long end = sealed ? entry.validEnd() : file.size();
            if (file.size() < end) {
                damages.damaged(
                        path,
                        entry.id(),
                        file.size(),
                        Long.MAX_VALUE,
                        "sealed segment of " + end + " bytes is cut off");
            }
            Map<Long, Held> held = new HashMap<>();
            SegmentFooter footer = sealed && entry.footerBytes() > 0 ? SegmentFooter.read(file, entry) : null;
            Contents contents = contents(entry, file, footer);
            boolean whole = frames(entry, file, end, held, contents);
            if (sealed && entry.footerBytes() > 0) {
                footer(entry, footer, whole ? held : null);
            }
            if (contents != null && (!contents.verifies() || whole && contents.differ())) {
                damages.damaged(
                        path,
                        entry.id(),
                        entry.validEnd() + entry.footerBytes() - footer.contentsBytes(),
                        Long.MAX_VALUE,
                        contents.verifies()
                                ? "contents differ from the frames"
                                : "contents are damaged; a replay reads the frames");
            }
        }
    }

    /** Whether all of them are whole. */
    private boolean frames(SegmentEntry entry, StorageFile file, long end, Map<Long, Held> held, Contents contents)
            throws IOException {
        boolean sealed = entry.state() == SegmentEntry.State.SEALED;
        String path = directory.path(entry.id());
        int block = directory.blockBytes(file);
        long firstLsn = !sealed ? 0 : entry.isJournal() ? entry.firstLsn() : 1;
        boolean whole = true;
        long from = block;
        while (from < end) {
            FrameScan scan = new FrameScan(file, entry, block, from, end, from == block ? firstLsn : 0);
            long lastLsn = 0;
            while (scan.next()) {
                frames++;
                records += scan.records();
                bytes += scan.bytes();
                lastLsn = scan.lastLsn();
                tally(scan, held);
                if (contents != null) {
                    contents.compare(scan);
                }
            }
            if (!sealed) {
                return false;
            }
            if (scan.fault() == null) {
                if (entry.isJournal() && lastLsn != entry.lastLsn()) {
                    String what = "segment ends at LSN " + lastLsn + ", the manifest says " + entry.lastLsn();
                    damages.damaged(path, entry.id(), scan.end(), Long.MAX_VALUE, what);
                    whole = false;
                }
                return whole;
            }
            whole = false;
            long next = FrameScan.findProof(file, entry, block, scan.end() + block, 0);
            boolean more = next >= 0 && next < end;
            damages.damaged(path, entry.id(), scan.faultOffset(), more ? next : Long.MAX_VALUE, scan.fault());
            if (!more) {
                return false;
            }
            from = next;
        }
        return whole;
    }

    private void tally(FrameScan scan, Map<Long, Held> held) {
        scan.rewind(cursor);
        while (cursor.next()) {
            if (cursor.type() == RecordType.ENTRY) {
                held.computeIfAbsent(cursor.ledgerId(), id -> new Held())
                        .entry(cursor.entryId(), cursor.payloadBytes());
            }
        }
    }

    /** What a footer does not say of its segment would be dropped with it. */
    private void footer(SegmentEntry entry, SegmentFooter footer, Map<Long, Held> held) {
        String path = directory.path(entry.id());
        if (footer == null) {
            damages.damaged(path, entry.id(), entry.validEnd(), Long.MAX_VALUE, "footer is damaged");
            return;
        }
        if (held == null) {
            return;
        }
        Map<Long, Held> said = new HashMap<>();
        for (SegmentFooter.Row row : footer.rows()) {
            said.computeIfAbsent(row.ledgerId(), id -> new Held()).row(row);
        }
        held.forEach((ledgerId, inFrames) -> {
            Held inFooter = said.getOrDefault(ledgerId, new Held());
            if (!inFrames.sameAs(inFooter)) {
                damages.damaged(
                        path,
                        entry.id(),
                        entry.validEnd(),
                        Long.MAX_VALUE,
                        "footer says " + inFooter.entries + " entries of ledger " + ledgerId + ", the frames hold "
                                + inFrames.entries);
            }
        });
    }

    /** Null: there are none. */
    private Contents contents(SegmentEntry entry, StorageFile file, SegmentFooter footer) throws IOException {
        if (footer == null || footer.contentsBytes() == 0) {
            return null;
        }
        ByteBuffer read = SegmentContents.read(file, entry, footer);
        if (read == null) {
            return new Contents(null);
        }
        ContentsReader reader = new ContentsReader();
        int block = directory.blockBytes(file);
        long end = entry.validEnd();
        reader.start(read, entry, block, (from, lsn) -> new FrameScan(file, entry, block, end, end, 0));
        return new Contents(reader);
    }

    /** What the contents of a segment say, beside its frames. */
    private static final class Contents {
        private final ContentsReader reader;
        private final Frame.Cursor said = new Frame.Cursor();
        private final Frame.Cursor held = new Frame.Cursor();
        private boolean differ;

        Contents(ContentsReader reader) {
            this.reader = reader;
        }

        boolean verifies() {
            return reader != null;
        }

        boolean differ() {
            return differ;
        }

        void compare(FrameScan frame) throws IOException {
            if (reader == null || differ) {
                return;
            }
            differ = !reader.next() || !reader.isByContents() || !same(frame);
        }

        private boolean same(FrameScan frame) {
            if (reader.offset() != frame.offset() || reader.lastLsn() != frame.lastLsn()) {
                return false;
            }
            reader.rewind(said);
            frame.rewind(held);
            while (held.next()) {
                if (!said.next() || !said.saysAs(held)) {
                    return false;
                }
            }
            return !said.next();
        }
    }
}
