package io.daybook.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Gathers the contents of a segment while its frames are handed on, so that they need not be read again when it is sealed.
 * What is larger than its bound is given up: the segment then has none. It can be used for one segment after the other.
 *
 * <p><b>Confined to one thread</b> at a time.
 */
final class ContentsWriter {
    private static final int FIRST_BYTES = 1 << 10;
    private static final int FIRST_LEDGERS = 16;
    /** The longest record without its payload: token, type, three numbers. */
    private static final int RECORD_BYTES = 2 + 3 * 10;
    /** Memory of a ledger, its places in the table included. */
    private static final int LEDGER_BYTES = 2 * Long.BYTES + 2 * Integer.BYTES + 4 * Integer.BYTES;

    /** Part of a segment that its contents may take. */
    private static final int SHARE = 32;

    private static final int BYTES_MIN = 64 << 10;
    private static final int BYTES_LIMIT = 16 << 20;

    private final int bytesMax;
    private final Frame.Cursor cursor = new Frame.Cursor();

    private byte[] body = new byte[FIRST_BYTES];
    private int size;
    private boolean givenUp;
    private int frames;
    private long firstLsn;
    private long nextLsn;
    private long nextOffset;

    // Of each ledger, by the order in which they were seen.
    private long[] ledgers = new long[FIRST_LEDGERS];
    private long[] entries = new long[FIRST_LEDGERS];
    private int[] lengths = new int[FIRST_LEDGERS];
    private int[] next = new int[FIRST_LEDGERS];
    private int seen;
    /** Open addressing, by ledger id; 0: free, else one more than its number. */
    private int[] table = new int[4 * FIRST_LEDGERS];

    private int before;

    /** For segments up to a size: of that it takes a 32nd part in memory, 64 KiB to 16 MiB. */
    ContentsWriter(long segmentBytes) {
        this.bytesMax = (int) Math.min(BYTES_LIMIT, Math.max(BYTES_MIN, segmentBytes / SHARE));
        clear();
    }

    /** Forgets everything; what was made large for many ledgers is let go. */
    void clear() {
        if (ledgers.length * (long) LEDGER_BYTES > bytesMax / 8) {
            forgetLedgers();
        }
        size = SegmentContents.HEADER_BYTES;
        givenUp = false;
        frames = 0;
        firstLsn = 0;
        nextLsn = 0;
        nextOffset = 0;
        seen = 0;
        before = 0;
        Arrays.fill(table, 0);
    }

    private void forgetLedgers() {
        ledgers = new long[FIRST_LEDGERS];
        entries = new long[FIRST_LEDGERS];
        lengths = new int[FIRST_LEDGERS];
        next = new int[FIRST_LEDGERS];
        table = new int[4 * FIRST_LEDGERS];
        seen = 0;
    }

    /** Without contents its segment is as good. */
    private void giveUp() {
        givenUp = true;
        body = new byte[FIRST_BYTES];
        size = SegmentContents.HEADER_BYTES;
        forgetLedgers();
    }

    /** Adds a frame that follows the one before. */
    void add(Frame frame, int blockBytes) {
        frame.rewind(cursor);
        add(cursor, frame.offset, frame.bytes, frame.records, frame.firstLsn, blockBytes);
    }

    /** Adds the frame that a scan found. */
    void add(FrameScan frame, int blockBytes) {
        frame.rewind(cursor);
        add(cursor, frame.offset(), frame.bytes(), frame.records(), frame.firstLsn(), blockBytes);
    }

    private void add(Frame.Cursor records, long offset, int bytes, int count, long lsn, int blockBytes) {
        if (frames == 0) {
            firstLsn = lsn;
            givenUp = offset != blockBytes;
        } else if (lsn != nextLsn || offset != nextOffset) {
            givenUp = true;
        }
        frames++;
        nextLsn = lsn + count;
        nextOffset = offset + FrameFormat.padded(bytes, blockBytes);
        if (givenUp) {
            return;
        }
        try {
            if (hasRoom(RECORD_BYTES)) {
                number(count);
            }
            while (!givenUp && records.next()) {
                record(records);
            }
        } catch (OutOfMemoryError e) {
            giveUp();
        }
    }

    private void record(Frame.Cursor record) {
        if (!hasRoom(RECORD_BYTES)) {
            return;
        }
        int tokenAt = size++;
        int token = 0;
        boolean entry = record.type() == RecordType.ENTRY;
        if (!entry || record.continued()) {
            token = SegmentContents.OTHER_TYPE;
            body[size++] = (byte) (record.type().code() | (record.continued() ? 1 << 7 : 0));
        }
        long ledgerId = record.ledgerId();
        int ledger;
        if (seen > 0 && ledgers[before] == ledgerId) {
            ledger = before;
        } else if (seen > 0 && ledgers[next[before]] == ledgerId) {
            ledger = next[before];
            token |= SegmentContents.LEDGER_NEXT;
        } else {
            ledger = find(ledgerId);
            if (ledger >= 0) {
                token |= SegmentContents.LEDGER_SEEN;
                number(ledger);
            } else {
                ledger = begin(ledgerId);
                if (ledger < 0) {
                    return;
                }
                token |= SegmentContents.LEDGER_NEW;
                number(ledgerId);
            }
        }
        if (ledger != before) {
            next[before] = ledger;
            before = ledger;
        }
        long entryId = record.entryId();
        if (entryId != entries[ledger] + 1) {
            token |= SegmentContents.OTHER_ENTRY;
            number(SegmentContents.zigzag(entryId - entries[ledger] - 1));
        }
        int length = record.payloadBytes();
        if (length != lengths[ledger]) {
            token |= SegmentContents.OTHER_LENGTH;
            number(length);
        }
        if (entry) {
            entries[ledger] = entryId;
            lengths[ledger] = length;
        } else if (record.type() == RecordType.METADATA) {
            if (!hasRoom(length)) {
                return;
            }
            record.payload(body, size);
            size += length;
        }
        body[tokenAt] = (byte) token;
    }

    private int find(long ledgerId) {
        int mask = table.length - 1;
        for (int at = hash(ledgerId) & mask; ; at = at + 1 & mask) {
            int found = table[at] - 1;
            if (found < 0 || ledgers[found] == ledgerId) {
                return found;
            }
        }
    }

    /** Returns its number, -1: there is no room for so many. */
    private int begin(long ledgerId) {
        if (seen == ledgers.length) {
            if (size + 2L * LEDGER_BYTES * seen > bytesMax) {
                giveUp();
                return -1;
            }
            ledgers = Arrays.copyOf(ledgers, seen * 2);
            entries = Arrays.copyOf(entries, seen * 2);
            lengths = Arrays.copyOf(lengths, seen * 2);
            next = Arrays.copyOf(next, seen * 2);
            table = new int[seen * 8];
            for (int i = 0; i < seen; i++) {
                enter(i);
            }
        }
        ledgers[seen] = ledgerId;
        entries[seen] = -1;
        lengths[seen] = 0;
        next[seen] = 0;
        enter(seen);
        return seen++;
    }

    private void enter(int ledger) {
        int mask = table.length - 1;
        int at = hash(ledgers[ledger]) & mask;
        while (table[at] != 0) {
            at = at + 1 & mask;
        }
        table[at] = ledger + 1;
    }

    private static int hash(long ledgerId) {
        return (int) (ledgerId * 0x9E3779B97F4A7C15L >>> 32);
    }

    private void number(long number) {
        long left = number;
        while ((left & ~0x7FL) != 0) {
            body[size++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        body[size++] = (byte) left;
    }

    /** Makes room, or gives the contents up. */
    private boolean hasRoom(int bytes) {
        if (bytes > body.length - size) {
            if (bytes > bytesMax - size) {
                giveUp();
                return false;
            }
            body = Arrays.copyOf(body, (int) Math.min(bytesMax, Math.max(2L * body.length, (long) size + bytes)));
        }
        return true;
    }

    /** Returns the contents of a segment from its first to its last frame, null: they were not gathered whole. */
    ByteBuffer of(long first, long last, long end, long nonce, long offset) {
        if (givenUp || frames == 0 || firstLsn != first || nextLsn != last + 1 || nextOffset != end) {
            return null;
        }
        ByteBuffer contents = ByteBuffer.wrap(body, 0, size).slice().order(ByteOrder.LITTLE_ENDIAN);
        contents.putInt(0, SegmentContents.MAGIC)
                .putInt(SegmentContents.FRAMES_OFFSET, frames)
                .putInt(12, 0);
        ByteBuffer covered = contents.duplicate();
        covered.position(SegmentContents.COVERED_OFFSET);
        return contents.putInt(SegmentContents.CRC_OFFSET, new RecordChecksum().bytes(nonce, offset, covered));
    }

    /** Returns what was gathered, to be read as it is; null: not all of it. */
    ByteBuffer unchecked() {
        return givenUp || frames == 0
                ? null
                : ByteBuffer.wrap(body, 0, size)
                        .slice()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(SegmentContents.FRAMES_OFFSET, frames);
    }
}
