package io.daybook.benchmarks;

/**
 * What the load generator does.
 *
 * @param entryBytes payload of each entry
 * @param inFlight appended and not completed entries of all producers together, at most
 * @param ledgers entries go over them in turn
 * @param producers threads
 */
public record LoadShape(int entryBytes, int inFlight, int ledgers, int producers) {

    /** Checks them. */
    public LoadShape {
        if (entryBytes < 8 || ledgers < 1 || producers < 1 || inFlight < producers) {
            throw new IllegalArgumentException(
                    "entryBytes " + entryBytes + " (at least 8), ledgers " + ledgers + ", producers " + producers
                            + " (at least 1), inFlight " + inFlight + " (at least one a producer)");
        }
    }

    /** The part of the window that is one producer's own. */
    public int windowOf(int producer) {
        return inFlight / producers + (producer < inFlight % producers ? 1 : 0);
    }

    /** Most bytes in flight, headers included. */
    public long bytesInFlight() {
        return (long) inFlight * (entryBytes + RawSink.HEADER_BYTES);
    }
}
