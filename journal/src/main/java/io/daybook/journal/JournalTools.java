package io.daybook.journal;

import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/** Looks at the journal of a store without changing it, for operators. <b>Thread-safe.</b> */
public final class JournalTools {

    private JournalTools() {}

    /**
     * A listed segment.
     *
     * @param id its id
     * @param kind of segment
     * @param state where in its life
     * @param firstLsn first LSN, 0: not known
     * @param lastLsn last LSN, 0: not known
     * @param validBytes up to where it is read, 0: not fixed
     * @param fileBytes length of the file, -1: missing
     * @param file its path
     */
    public record Listed(
            long id,
            String kind,
            String state,
            long firstLsn,
            long lastLsn,
            long validBytes,
            long fileBytes,
            String file) {}

    /**
     * The manifest.
     *
     * @param store id of the store
     * @param version of the format
     * @param incarnation the present one
     * @param sequence changes so far
     * @param segments by id
     */
    public record Contents(StoreId store, int version, long incarnation, long sequence, List<Listed> segments) {}

    /** Told of each damaged place. */
    @FunctionalInterface
    public interface DamageListener {
        /** A place. */
        void damaged(String file, long segmentId, long offset, String what);
    }

    /**
     * What a check read.
     *
     * @param segments segments
     * @param frames frames
     * @param records records
     * @param bytes bytes
     */
    public record Checked(long segments, long frames, long records, long bytes) {}

    /** Reads the manifest. */
    public static Contents contents(Storage root, Storage journal) throws IOException {
        SegmentCatalog catalog = SegmentCatalog.load(root, true);
        List<Listed> listed = new ArrayList<>();
        for (SegmentEntry entry : catalog.segments()) {
            String name = SegmentFormat.name(entry.id());
            long bytes = -1;
            if (journal.exists(name)) {
                try (StorageFile file = journal.open(name, Storage.Access.READ)) {
                    bytes = file.size();
                }
            }
            listed.add(new Listed(
                    entry.id(),
                    entry.kind().name().toLowerCase(java.util.Locale.ROOT),
                    entry.state().name().toLowerCase(java.util.Locale.ROOT),
                    entry.firstLsn(),
                    entry.lastLsn(),
                    entry.validEnd(),
                    bytes,
                    journal.description() + "/" + name));
        }
        return new Contents(
                catalog.store(), Manifest.VERSION, catalog.incarnation().number(), catalog.sequence(), listed);
    }

    /** Reads every frame of every listed segment and names each place that does not verify; goes on behind it. */
    public static Checked check(Storage root, Storage journal, DamageListener damages, JournalOpening.Progress progress)
            throws IOException {
        SegmentCatalog catalog = SegmentCatalog.load(root, true);
        SegmentDirectory directory = new SegmentDirectory(journal, catalog.store());
        long[] sums = new long[4];
        long total = 0;
        for (SegmentEntry entry : catalog.segments()) {
            total += entry.validEnd();
        }
        boolean open = false;
        long done = 0;
        for (SegmentEntry entry : catalog.segments()) {
            open |= entry.state() != SegmentEntry.State.SEALED;
            try {
                checkSegment(directory, entry, damages, sums);
            } catch (JournalException e) {
                damages.damaged(e.file(), e.segmentId(), e.offset(), e.getMessage());
            }
            done += entry.validEnd();
            progress.progress(done, Math.max(total, done));
        }
        if (open) {
            // Where the unsealed end is, and whether something durable is missing there, only the recovery's rules can
            // say.
            try {
                new JournalRecovery(catalog, directory, new SecureRandom()).readOnlyView(new ArrayList<>());
            } catch (JournalException e) {
                damages.damaged(e.file(), e.segmentId(), e.offset(), e.getMessage());
            }
        }
        return new Checked(sums[0], sums[1], sums[2], sums[3]);
    }

    private static void checkSegment(
            SegmentDirectory directory, SegmentEntry entry, DamageListener damages, long[] sums) throws IOException {
        boolean sealed = entry.state() == SegmentEntry.State.SEALED;
        int block = directory.blockBytes();
        String path = directory.path(entry.id());
        try (StorageFile file = directory.open(entry)) {
            sums[0]++;
            long end = sealed ? entry.validEnd() : file.size();
            if (file.size() < end) {
                damages.damaged(path, entry.id(), file.size(), "sealed segment of " + end + " bytes is cut off");
            }
            if (sealed && entry.footerBytes() > 0 && !footerIsWhole(file, entry)) {
                damages.damaged(path, entry.id(), entry.validEnd(), "footer is damaged");
            }
            long from = block;
            while (from < end) {
                FrameScan scan = new FrameScan(file, entry, block, from, end, 0);
                while (scan.next()) {
                    sums[1]++;
                    sums[2] += scan.records();
                    sums[3] += scan.bytes();
                }
                if (scan.fault() == null || !sealed) {
                    return;
                }
                damages.damaged(path, entry.id(), scan.faultOffset(), scan.fault());
                long next = FrameScan.findProof(file, entry, block, scan.end() + block, 0);
                if (next < 0 || next >= end) {
                    return;
                }
                from = next;
            }
        }
    }

    private static boolean footerIsWhole(StorageFile file, SegmentEntry entry) throws IOException {
        if (entry.footerBytes() > Math.max(0, file.size() - entry.validEnd())) {
            return false;
        }
        ByteBuffer footer = ByteBuffer.allocate((int) entry.footerBytes());
        file.readFully(footer, entry.validEnd());
        return SegmentFooter.decode(footer.flip(), entry.nonce(), entry.validEnd()) != null;
    }
}
