package io.daybook.engine.model;

/** What many runs did together. */
final class Totals {
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
    /** Of one seed, not counting the reopens at its end. */
    int fewestRestarts = Integer.MAX_VALUE;

    @Override
    public String toString() {
        return seeds + " seeds, " + operations + " operations, " + changes + " changes accepted, " + cleanCloses
                + " closes, " + kills + " kills, " + powerLosses + " power losses, " + crashesAtOpen
                + " crashes during recovery, " + failures + " failed engines, " + indeterminate
                + " indeterminate changes of which " + survivors + " survived, " + indexesLost + " indexes lost, "
                + indexesSetBack + " set back";
    }
}
