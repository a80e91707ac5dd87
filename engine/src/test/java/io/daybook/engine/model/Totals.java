package io.daybook.engine.model;

import io.daybook.storage.FaultCounts;
import io.daybook.storage.FaultId;
import java.util.EnumMap;
import java.util.Map;

/** What many runs did together. <b>Confined to one thread</b>; those of several are added up at the end. */
final class Totals {
    /** Faults that no run can bring about, each with the reason. */
    static final Map<FaultId, String> NOT_HERE = new EnumMap<>(Map.of(
            FaultId.F12, "no channel that an interrupt could close: NioStorageTest",
            FaultId.F14, "no main code asks for the wall clock: ArchitectureTest",
            FaultId.F15, "memory ends in the JVM, not on the disk: tests with allocators that refuse"));

    long seeds;
    long operations;
    long changes;
    long kills;
    long powerLosses;
    long cleanCloses;
    long crashesAtOpen;
    long failures;
    long indeterminate;
    long survivors;
    long indexesLost;
    long indexesSetBack;
    /** Opens that were refused for damage. */
    long refusals;
    /** Opens that failed for another reason that will pass. */
    long failedOpens;
    /** Reads that said that their entry is damaged. */
    long corruptReads;
    /** Reads that failed. */
    long failedReads;
    /** Changes that were refused as the disk was full. */
    long refusedAsFull;
    /** Ends at which the tools looked at the store too. */
    long audits;
    /** Damages that an engine met at such an end, each named by the check and by the deep verification. */
    long damagesNamed;
    /** Ends at which the metrics were compared. */
    long measured;
    /** Most storage operations that the last open of a seed took. */
    long mostOperationsToOpen;
    /** Crashes of one seed, without those during recovery. */
    int fewestCrashes = Integer.MAX_VALUE;

    /** The operation of the last failure. */
    int failedAt;

    final FaultCounts faults = new FaultCounts();

    void add(Totals other) {
        seeds += other.seeds;
        operations += other.operations;
        changes += other.changes;
        kills += other.kills;
        powerLosses += other.powerLosses;
        cleanCloses += other.cleanCloses;
        crashesAtOpen += other.crashesAtOpen;
        failures += other.failures;
        indeterminate += other.indeterminate;
        survivors += other.survivors;
        indexesLost += other.indexesLost;
        indexesSetBack += other.indexesSetBack;
        refusals += other.refusals;
        failedOpens += other.failedOpens;
        corruptReads += other.corruptReads;
        failedReads += other.failedReads;
        refusedAsFull += other.refusedAsFull;
        audits += other.audits;
        measured += other.measured;
        damagesNamed += other.damagesNamed;
        mostOperationsToOpen = Math.max(mostOperationsToOpen, other.mostOperationsToOpen);
        fewestCrashes = Math.min(fewestCrashes, other.fewestCrashes);
        faults.add(other.faults);
    }

    @Override
    public String toString() {
        return seeds + " seeds, " + operations + " operations, " + changes + " changes accepted, " + cleanCloses
                + " closes, " + kills + " kills, " + powerLosses + " power losses, " + crashesAtOpen
                + " crashes during recovery, " + failures + " failed engines, " + indeterminate
                + " indeterminate changes of which " + survivors + " survived, " + indexesLost + " indexes lost, "
                + indexesSetBack + " set back, " + refusals + " opens refused for damage, " + failedOpens
                + " failed otherwise, " + corruptReads + " damaged and " + failedReads + " failed reads, "
                + refusedAsFull + " changes refused by a full disk, " + audits + " ends audited, where " + damagesNamed
                + " damages were met and named, " + measured + " measured, at most "
                + mostOperationsToOpen + " storage operations to open; faults " + faults;
    }
}
