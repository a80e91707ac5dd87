package io.daybook.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The frames of a segment by its contents, and by the frames themselves from where the contents end or say what cannot be. It
 * can be used for one segment after the other. <b>Confined to one thread.</b>
 */
final class ContentsReader implements CheckedFrames {
    private static final int FIRST_LEDGERS = 16;
    private static final int FIRST_BYTES = 1 << 10;
    /** Where the last seven bits of a number begin. */
    private static final int NUMBER_SHIFT_MAX = 63;

    /** Opens the frames of a segment from one on. */
    @FunctionalInterface
    interface Frames {
        CheckedFrames from(long offset, long firstLsn) throws IOException;
    }

    private ByteBuffer in;
    private int left;
    private SegmentEntry entry;
    private int blockBytes;
    private Frames frames;
    /** From where the contents say nothing, null: not there yet. */
    private CheckedFrames rest;

    // The present frame: headers of its records, in direct memory as frames are, so that cursors meet one kind only.
    private ByteBuffer bare = ByteBuffer.allocateDirect(FIRST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long offset;
    private long firstLsn;
    private int records;

    private long nextOffset;
    private long nextLsn;

    private long[] ledgers = new long[FIRST_LEDGERS];
    private long[] entries = new long[FIRST_LEDGERS];
    private int[] lengths = new int[FIRST_LEDGERS];
    private int[] next = new int[FIRST_LEDGERS];
    private int seen;
    private int before;
    /** Where the header of the record read last stands. */
    private int lastAt;

    /** Set by {@link #number} when there is none. */
    private boolean bad;

    /**
     * Begins with a segment.
     *
     * @param contents of it, verified
     * @param sealed the segment; frames count up to its valid end
     * @param frameBlockBytes frames begin on multiples of it
     * @param open opens the frames themselves
     */
    void start(ByteBuffer contents, SegmentEntry sealed, int frameBlockBytes, Frames open) {
        in = contents.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        left = in.getInt(SegmentContents.FRAMES_OFFSET);
        in.position(SegmentContents.HEADER_BYTES);
        entry = sealed;
        blockBytes = frameBlockBytes;
        frames = open;
        rest = null;
        nextOffset = frameBlockBytes;
        nextLsn = sealed.firstLsn();
        seen = 0;
        before = 0;
        bad = false;
    }

    @Override
    public boolean next() throws IOException {
        if (rest == null) {
            if (nextOffset >= entry.validEnd()) {
                return false;
            }
            if (left > 0 && decode()) {
                left--;
                return true;
            }
            rest = frames.from(nextOffset, nextLsn);
        }
        return rest.next();
    }

    /** Whether all of it came from the contents so far. */
    boolean isByContents() {
        return rest == null;
    }

    private boolean decode() {
        long count = number();
        if (bad || count < 1 || count > in.remaining()) {
            return false;
        }
        long bytes = FrameFormat.HEADER_BYTES;
        int at = FrameFormat.HEADER_BYTES;
        boolean continued = false;
        for (long i = 0; i < count; i++) {
            at = record(at);
            if (at < 0) {
                return false;
            }
            int word = bare.getInt(lastAt + RecordFormat.WORD_OFFSET);
            continued = RecordFormat.continued(word);
            bytes += RecordFormat.bytes(RecordFormat.payloadBytes(word));
        }
        long padded = FrameFormat.padded(bytes, blockBytes);
        if (continued || padded > entry.validEnd() - nextOffset) {
            return false;
        }
        offset = nextOffset;
        firstLsn = nextLsn;
        records = (int) count;
        nextOffset += padded;
        nextLsn += count;
        return true;
    }

    /** Puts the next record's header, and payload if it has one here, at a place; returns the place behind it, -1: there is none. */
    private int record(int at) {
        if (!in.hasRemaining()) {
            return -1;
        }
        int token = in.get();
        if ((token & ~SegmentContents.TOKEN_MASK) != 0) {
            return -1;
        }
        int typeByte = RecordType.ENTRY.code();
        if ((token & SegmentContents.OTHER_TYPE) != 0) {
            if (!in.hasRemaining()) {
                return -1;
            }
            typeByte = in.get() & 0xFF;
        }
        RecordType type = RecordType.of(typeByte & 0x7F);
        int ledger = ledger(token & SegmentContents.LEDGER_MASK);
        if (type == null || ledger < 0) {
            return -1;
        }
        long entryId = entries[ledger] + 1;
        if ((token & SegmentContents.OTHER_ENTRY) != 0) {
            entryId += SegmentContents.unzigzag(number());
        }
        long length = (token & SegmentContents.OTHER_LENGTH) != 0 ? number() : lengths[ledger];
        if (bad
                || length < 0
                || length > RecordFormat.PAYLOAD_BYTES_LIMIT
                || RecordFormat.idFault(type, ledgers[ledger], entryId) != null) {
            return -1;
        }
        int bytes = (int) length;
        int end = at + RecordFormat.HEADER_BYTES;
        if (type == RecordType.METADATA) {
            if (bytes > in.remaining()) {
                return -1;
            }
            end += bytes;
        }
        reserve(end);
        bare.putInt(at + RecordFormat.WORD_OFFSET, RecordFormat.word(type, bytes, (typeByte & 1 << 7) != 0));
        bare.putLong(at + RecordFormat.LEDGER_OFFSET, ledgers[ledger]);
        bare.putLong(at + RecordFormat.ENTRY_OFFSET, entryId);
        if (type == RecordType.ENTRY) {
            entries[ledger] = entryId;
            lengths[ledger] = bytes;
        } else if (type == RecordType.METADATA) {
            bare.put(at + RecordFormat.HEADER_BYTES, in, in.position(), bytes);
            in.position(in.position() + bytes);
        }
        lastAt = at;
        return end;
    }

    private int ledger(int how) {
        int ledger;
        switch (how) {
            case SegmentContents.LEDGER_SAME -> ledger = before;
            case SegmentContents.LEDGER_NEXT -> ledger = seen == 0 ? 0 : next[before];
            case SegmentContents.LEDGER_SEEN -> {
                long number = number();
                ledger = number >= 0 && number < seen ? (int) number : -1;
            }
            default -> ledger = begin(number());
        }
        if (ledger < 0 || ledger >= seen || bad) {
            return -1;
        }
        if (ledger != before) {
            next[before] = ledger;
            before = ledger;
        }
        return ledger;
    }

    private int begin(long ledgerId) {
        if (seen == ledgers.length) {
            ledgers = Arrays.copyOf(ledgers, seen * 2);
            entries = Arrays.copyOf(entries, seen * 2);
            lengths = Arrays.copyOf(lengths, seen * 2);
            next = Arrays.copyOf(next, seen * 2);
        }
        ledgers[seen] = ledgerId;
        entries[seen] = -1;
        lengths[seen] = 0;
        next[seen] = 0;
        return seen++;
    }

    private long number() {
        long number = 0;
        for (int shift = 0; shift <= NUMBER_SHIFT_MAX && in.hasRemaining(); shift += 7) {
            byte next7 = in.get();
            number |= (next7 & 0x7FL) << shift;
            if (next7 >= 0) {
                return number;
            }
        }
        bad = true;
        return -1;
    }

    private void reserve(int bytes) {
        if (bytes > bare.capacity()) {
            ByteBuffer larger = ByteBuffer.allocateDirect(Math.max(2 * bare.capacity(), bytes))
                    .order(ByteOrder.LITTLE_ENDIAN);
            larger.put(0, bare, 0, bare.capacity());
            bare = larger;
        }
    }

    @Override
    public void rewind(Frame.Cursor cursor) {
        if (rest != null) {
            rest.rewind(cursor);
        } else {
            cursor.startBare(bare, entry.id(), offset, records, firstLsn);
        }
    }

    @Override
    public long offset() {
        return rest != null ? rest.offset() : offset;
    }

    @Override
    public long lastLsn() {
        return rest != null ? rest.lastLsn() : firstLsn + records - 1;
    }

    @Override
    public String fault() {
        return rest != null ? rest.fault() : null;
    }

    @Override
    public long faultOffset() {
        return rest != null ? rest.faultOffset() : nextOffset;
    }
}
