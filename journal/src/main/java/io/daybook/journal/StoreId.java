package io.daybook.journal;

import java.security.SecureRandom;

/**
 * The random id of a store, in every file of it.
 *
 * @param high upper half
 * @param low lower half
 */
public record StoreId(long high, long low) {

    static StoreId random(SecureRandom random) {
        return new StoreId(random.nextLong(), random.nextLong());
    }

    /** Written out: the one of a record is linked at its first call, which an open would wait for. */
    @Override
    public boolean equals(Object other) {
        return other instanceof StoreId store && store.high == high && store.low == low;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(high ^ low);
    }

    /** In hex, 32 digits. */
    @Override
    public String toString() {
        return String.format("%016x%016x", high, low);
    }
}
