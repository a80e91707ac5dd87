package io.daybook.engine;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** What an operator does with a store that no engine has open: look, check, rebuild. <b>Thread-safe.</b> */
public final class StoreTools {

    private StoreTools() {}

    /** Told how far a long task is. */
    @FunctionalInterface
    public interface Progress {
        /**
         * A step was done.
         *
         * @param what the task, a few words
         * @param done so much, in bytes
         * @param total of so much, in bytes
         */
        void progress(String what, long done, long total);
    }

    /**
     * One segment, as the manifest lists it.
     *
     * @param id its id
     * @param kind journal, settled or staged
     * @param state prepared, active, sealed, staged or retired
     * @param firstLsn first log sequence number in it, 0: not known
     * @param lastLsn last log sequence number in it, 0: not known
     * @param validBytes up to where it is read, in bytes, 0: not fixed yet
     * @param fileBytes length of the file, -1: missing
     * @param file its path
     */
    public record SegmentInfo(
            long id,
            String kind,
            String state,
            long firstLsn,
            long lastLsn,
            long validBytes,
            long fileBytes,
            String file) {}

    /**
     * What a store is made of.
     *
     * @param storeId random id of the store, in hex
     * @param formatVersion version of the files
     * @param incarnation renewed when a valid end was set below bytes that were found, in hex
     * @param manifestSequence changes of the manifest so far
     * @param checkpointLsn up to where the index speaks, empty if it is open elsewhere, missing or unusable
     * @param indexBytes bytes of the index files
     * @param segments by id
     */
    public record Inspection(
            String storeId,
            int formatVersion,
            String incarnation,
            long manifestSequence,
            OptionalLong checkpointLsn,
            long indexBytes,
            List<SegmentInfo> segments) {}

    /**
     * A damaged place.
     *
     * @param file path of the file
     * @param segmentId its segment, -1: none
     * @param offset where in the file, in bytes
     * @param what what is wrong
     */
    public record Damage(String file, long segmentId, long offset, String what) {}

    /**
     * What a check met.
     *
     * @param segments segments read
     * @param frames frames read
     * @param records records read
     * @param bytes bytes read
     * @param ledgers ledgers compared with the index
     * @param entries entries compared with the index
     * @param damages damaged places, empty: all is well
     */
    public record Verification(
            long segments, long frames, long records, long bytes, long ledgers, long entries, List<Damage> damages) {}

    /**
     * What a rebuild did.
     *
     * @param records records read
     * @param ledgers ledgers that exist
     * @param entries entries indexed
     * @param took how long
     */
    public record Rebuild(long records, long ledgers, long entries, Duration took) {}
}
