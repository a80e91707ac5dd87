package io.daybook.journal;

import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
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
        /**
         * A place.
         *
         * @param file path of the file
         * @param segmentId its segment, -1: none
         * @param offset where it begins
         * @param end where the next thing begins that is whole, {@link Long#MAX_VALUE}: nothing is
         * @param what what is wrong
         */
        void damaged(String file, long segmentId, long offset, long end, String what);
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

    /**
     * Looks at both copies of the manifest, also where one is enough. What a crash may leave is no damage: that the second copy
     * is older, or that the newer one ends in half a record.
     *
     * @return whether one of them can be used
     */
    public static boolean checkManifest(Storage root, DamageListener damages) throws IOException {
        Manifest.Copy[] copies = new Manifest.Copy[Manifest.NAMES.length];
        long newest = 0;
        for (int i = 0; i < copies.length; i++) {
            copies[i] = Manifest.read(root, Manifest.NAMES[i], e -> {});
            newest = Math.max(newest, copies[i] == null ? 0 : copies[i].sequence());
        }
        for (int i = 0; i < copies.length; i++) {
            String path = root.description() + "/" + Manifest.NAMES[i];
            Manifest.Copy copy = copies[i];
            if (copy == null) {
                damages.damaged(path, -1, 0, Long.MAX_VALUE, "copy of the manifest is missing");
            } else if (copy.fault() != null
                    && (copy.damagedInside() || copy.store() == null || (i == 0 && copy.sequence() < newest))) {
                damages.damaged(path, -1, copy.end(), Long.MAX_VALUE, copy.fault());
            } else if (!SegmentCatalog.complete(copy)) {
                damages.damaged(path, -1, copy.end(), Long.MAX_VALUE, "copy of the manifest is not complete");
            }
        }
        try {
            SegmentCatalog.load(root, true);
            return true;
        } catch (JournalException e) {
            if (e.kind() != JournalException.Kind.DAMAGED) {
                throw e;
            }
            damages.damaged(e.file(), -1, Math.max(0, e.offset()), Long.MAX_VALUE, e.getMessage());
            return false;
        } catch (IOException e) {
            // No copy is enough, and at least one cannot be read: told above.
            return false;
        }
    }

    /**
     * A directory of segments for looking only, in which what the device cannot read is zeros, and so damage that has a place; what
     * stands around it can be read.
     */
    public static Storage patient(Storage journal) {
        return new PatientStorage(journal, (name, offset, cause) -> {});
    }

    /**
     * Reads every frame of every listed segment and names each place that does not verify or that the device cannot read; goes on
     * behind it.
     */
    public static Checked check(Storage root, Storage journal, DamageListener damages, JournalOpening.Progress progress)
            throws IOException {
        SegmentCatalog catalog = SegmentCatalog.load(root, true);
        DamagedPlaces places = new DamagedPlaces(journal);
        SegmentDirectory directory = new SegmentDirectory(new PatientStorage(journal, places), catalog.store());
        long total = 0;
        for (SegmentEntry entry : catalog.segments()) {
            total += entry.validEnd();
        }
        boolean open = false;
        long done = 0;
        SegmentCheck check = new SegmentCheck(directory, places);
        for (SegmentEntry entry : catalog.segments()) {
            open |= entry.state() != SegmentEntry.State.SEALED;
            try {
                check.check(entry);
            } catch (JournalException e) {
                places.damaged(e.file(), e.segmentId(), e.offset(), Long.MAX_VALUE, e.getMessage());
            }
            done += entry.validEnd();
            progress.progress(done, Math.max(total, done));
        }
        try {
            JournalRecovery recovery = new JournalRecovery(catalog, directory, new SecureRandom());
            if (open) {
                // Where the unsealed end is, and whether something durable is missing there, only the recovery's rules
                // can
                // say.
                recovery.readOnlyView(new ArrayList<>());
            }
            recovery.checkUnlisted(places);
        } catch (JournalException e) {
            // Of sealed segments everything was told above.
            if (open) {
                places.damaged(e.file(), e.segmentId(), e.offset(), Long.MAX_VALUE, e.getMessage());
            }
        }
        places.tell(damages);
        return check.sums();
    }
}
