package io.daybook.journal;

import java.nio.ByteBuffer;

/**
 * One segment as the manifest lists it. Immutable.
 *
 * @param id never reused
 * @param kind what it holds
 * @param directory index of its directory in the store
 * @param state where it is in its life
 * @param nonce random, in every checksum of the segment
 * @param firstLsn of the first record, 0: not known yet
 * @param lastLsn of the last record, 0: not known yet
 * @param validEnd bytes behind are never read, 0: not fixed yet
 * @param footerBytes bytes of the footer that begins at {@code validEnd}, 0: none
 */
record SegmentEntry(
        long id,
        Kind kind,
        int directory,
        State state,
        long nonce,
        long firstLsn,
        long lastLsn,
        long validEnd,
        long footerBytes) {

    static final int ENCODED_BYTES = 8 + 1 + 1 + 1 + 5 * 8;

    /** What a segment holds. */
    enum Kind {
        JOURNAL(0),
        SETTLED(1),
        STAGED(2),
        /** Frames that a recovery wrote again; until it is listed it says nothing that its source does not say. */
        COPIED(3),
        /** The state of all ledgers as of an LSN, see {@link LedgerTable}. */
        LEDGERS(4);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    /** Where a segment is in its life. */
    enum State {
        /** May be written; may hold frames that nobody has counted. */
        OPEN(1),
        /** Its valid end is fixed. */
        SEALED(2),
        /** Not part of the store any more; the file goes. */
        RETIRED(3);

        private final int code;

        State(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    static SegmentEntry open(long id, long nonce) {
        return new SegmentEntry(id, Kind.JOURNAL, 0, State.OPEN, nonce, 0, 0, 0, 0);
    }

    static SegmentEntry copy(long id, long nonce) {
        return new SegmentEntry(id, Kind.COPIED, 0, State.OPEN, nonce, 0, 0, 0, 0);
    }

    static SegmentEntry ledgers(long id, long nonce) {
        return new SegmentEntry(id, Kind.LEDGERS, 0, State.OPEN, nonce, 0, 0, 0, 0);
    }

    /** Whether it holds records of the journal. */
    boolean isJournal() {
        return kind != Kind.LEDGERS;
    }

    SegmentEntry retired() {
        return new SegmentEntry(id, kind, directory, State.RETIRED, nonce, 0, 0, 0, 0);
    }

    SegmentEntry sealed(long first, long last, long end, long footer) {
        return new SegmentEntry(id, kind, directory, State.SEALED, nonce, first, last, end, footer);
    }

    void encode(ByteBuffer out) {
        out.putLong(id).put((byte) kind.code()).put((byte) directory).put((byte) state.code());
        out.putLong(nonce).putLong(firstLsn).putLong(lastLsn).putLong(validEnd).putLong(footerBytes);
    }

    /** Null if the bytes make no sense. */
    static SegmentEntry decode(ByteBuffer in) {
        if (in.remaining() != ENCODED_BYTES) {
            return null;
        }
        long id = in.getLong();
        int kind = in.get();
        int directory = in.get();
        int state = in.get();
        if (id < 0
                || id > SegmentFormat.ID_MAX
                || kind < 0
                || kind >= Kind.values().length
                || directory != 0
                || state < 1
                || state > 3) {
            return null;
        }
        SegmentEntry entry = new SegmentEntry(
                id,
                Kind.values()[kind],
                directory,
                State.values()[state - 1],
                in.getLong(),
                in.getLong(),
                in.getLong(),
                in.getLong(),
                in.getLong());
        boolean sense = entry.firstLsn >= 0
                && entry.lastLsn >= entry.firstLsn
                && entry.lastLsn <= FrameFormat.LSN_MAX
                && entry.validEnd >= 0
                && entry.footerBytes >= 0
                && entry.validEnd <= Long.MAX_VALUE - entry.footerBytes
                && (entry.state != State.SEALED || (entry.firstLsn > 0 && entry.validEnd > 0));
        return sense ? entry : null;
    }
}
