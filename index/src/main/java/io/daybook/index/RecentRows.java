package io.daybook.index;

import java.util.Arrays;

/**
 * Bucket rows as they were written last, packed, for whoever asks for them once, as a trim does that counts what it removes: without
 * a call of RocksDB, and without an object for each of them.
 *
 * <p>The bytes lie one behind the other in pages that are written round and round: what comes overwrites the oldest. A table says
 * where each row begins; of three rows with the same two places in it the oldest is forgotten. So a row may be forgotten at any time, and is never
 * older than the last {@link #put} or {@link #remove} of its key. <b>Thread-safe.</b>
 */
final class RecentRows {
    /** No row is longer: 256 entries of the most bytes each that a fragment can take for one. */
    static final int ROW_BYTES_MAX = 8 << 10;

    private static final int PAGE_BITS_MIN = 11;
    private static final int PAGE_BITS_MAX = 16;

    /** A page is at most such a part of the whole: one of them is being written, and counts for little. */
    private static final int PAGES_MIN = 8;

    private static final long BYTES_LIMIT = 1 << 30;

    /** A row of constant sizes is shorter; the table is a fifth of the whole then. */
    private static final int BYTES_A_PLACE = 192;

    // A place in the table, one number behind the other.
    private static final int LEDGER = 0;
    private static final int GENERATION = 1;
    private static final int BUCKET = 2;
    private static final int EPOCH = 3;
    /** Where the bytes begin, counted from the first ever; 0: nothing is here. */
    private static final int BEGIN = 4;

    private static final int LENGTH = 5;
    private static final int NUMBERS = 6;

    private final int pageBits;
    private final int pageBytes;
    private final byte[][] pages;
    private final int places;
    /** Made when it is needed. */
    private long[] table;
    /** Where the next row begins, counted from the first ever. */
    private long end = 1;

    /**
     * An empty one.
     *
     * @param bytesMax bound on its memory; below two pages of 2 KiB it keeps nothing
     */
    RecentRows(long bytesMax) {
        long forPages = Math.min(bytesMax / 5 * 4, BYTES_LIMIT);
        int bits = Long.SIZE - 1 - Long.numberOfLeadingZeros(forPages / PAGES_MIN | 1);
        pageBits = Math.max(PAGE_BITS_MIN, Math.min(PAGE_BITS_MAX, bits));
        pageBytes = 1 << pageBits;
        pages = new byte[(int) (forPages / pageBytes)][];
        places = Integer.highestOneBit(Math.max(2, pages.length * (pageBytes / BYTES_A_PLACE)));
    }

    private boolean isOff() {
        return pages.length < 2;
    }

    private static int mix(long ledgerId, long generation, long bucket) {
        long hash =
                ((ledgerId * 0x9E3779B97F4A7C15L + generation) * 0xD6E8FEB86659FD93L + bucket) * 0x9E3779B97F4A7C15L;
        return (int) (hash >>> 32);
    }

    /** Where the first of its two places begins in the table. */
    private int places(long ledgerId, long generation, long bucket) {
        return (mix(ledgerId, generation, bucket) & places / 2 - 1) * 2 * NUMBERS;
    }

    /** Where its place begins in the table, -1: it has none. */
    private int place(long ledgerId, long generation, long bucket) {
        int first = places(ledgerId, generation, bucket);
        int second = first + NUMBERS;
        return holds(first, ledgerId, generation, bucket)
                ? first
                : holds(second, ledgerId, generation, bucket) ? second : -1;
    }

    private boolean holds(int at, long ledgerId, long generation, long bucket) {
        return table[at + BEGIN] > 0
                && table[at + BUCKET] == bucket
                && table[at + LEDGER] == ledgerId
                && table[at + GENERATION] == generation;
    }

    /**
     * Keeps a row.
     *
     * @param epoch of its ledger; only who asks in the same one gets it
     * @param source has it from {@code from} up to {@code to}
     */
    synchronized void put(long ledgerId, long generation, long bucket, int epoch, byte[] source, int from, int to) {
        int length = to - from;
        if (isOff() || length > Math.min(pageBytes, ROW_BYTES_MAX)) {
            remove(ledgerId, generation, bucket);
            return;
        }
        if (table == null) {
            table = new long[places * NUMBERS];
        }
        int inPage = (int) end & pageBytes - 1;
        if (inPage + length > pageBytes) {
            // A row lies in one page.
            end += pageBytes - inPage;
            inPage = 0;
        }
        int page = (int) ((end >>> pageBits) % pages.length);
        if (pages[page] == null) {
            pages[page] = new byte[pageBytes];
        }
        System.arraycopy(source, from, pages[page], inPage, length);
        int at = place(ledgerId, generation, bucket);
        if (at < 0) {
            int first = places(ledgerId, generation, bucket);
            at = table[first + BEGIN] <= table[first + NUMBERS + BEGIN] ? first : first + NUMBERS;
        }
        table[at + LEDGER] = ledgerId;
        table[at + GENERATION] = generation;
        table[at + BUCKET] = bucket;
        table[at + EPOCH] = epoch;
        table[at + BEGIN] = end;
        table[at + LENGTH] = length;
        end += length;
    }

    /** Forgets a row. */
    synchronized void remove(long ledgerId, long generation, long bucket) {
        if (table != null) {
            int at = place(ledgerId, generation, bucket);
            if (at >= 0) {
                table[at + BEGIN] = 0;
            }
        }
    }

    /**
     * Copies a row.
     *
     * @param into at least {@link #ROW_BYTES_MAX} long
     * @return its bytes; -1: it is not here
     */
    synchronized int get(long ledgerId, long generation, long bucket, int epoch, byte[] into) {
        if (table == null) {
            return -1;
        }
        int at = place(ledgerId, generation, bucket);
        if (at < 0 || table[at + EPOCH] != epoch) {
            return -1;
        }
        long begin = table[at + BEGIN];
        // Pages are written anew as wholes: the oldest one that still counts lies behind the one that is being written.
        if ((end >>> pageBits) - (begin >>> pageBits) >= pages.length) {
            return -1;
        }
        int length = (int) table[at + LENGTH];
        byte[] page = pages[(int) ((begin >>> pageBits) % pages.length)];
        System.arraycopy(page, (int) begin & pageBytes - 1, into, 0, length);
        return length;
    }

    /** Gives its memory back. */
    synchronized void clear() {
        table = null;
        Arrays.fill(pages, null);
    }

    /** Memory that it takes. */
    synchronized long bytes() {
        long bytes = table == null ? 0 : (long) table.length * Long.BYTES;
        for (byte[] page : pages) {
            bytes += page == null ? 0 : page.length;
        }
        return bytes;
    }
}
