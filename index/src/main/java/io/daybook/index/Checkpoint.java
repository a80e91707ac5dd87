package io.daybook.index;

/**
 * How far, and of which store, an index speaks. Written in the same batch as what it covers.
 *
 * @param storeIdHigh store id, upper half
 * @param storeIdLow store id, lower half
 * @param incarnation random number that is renewed when a store sets a valid end below bytes it found, or is copied
 * @param settleNumber newest settle whose moves are in the index
 * @param lsn every record up to and including this log sequence number is in the index; 0: nothing
 */
public record Checkpoint(long storeIdHigh, long storeIdLow, long incarnation, long settleNumber, long lsn) {}
