package io.daybook.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The records of one group commit, from its opening until its completions were told; then it is used again.
 *
 * <p>Records are reserved under the journal's intake lock and filled by their callers outside of it. {@code pending} counts the
 * callers that have reserved and not yet filled: the committer writes only at zero, and the decrement hands their bytes over.
 * <b>Handed on from thread to thread</b>: guarded by the intake lock while it is open, then the committer's, then confined to the
 * completion thread.
 */
public final class Frame {
    private static final VarHandle PENDING;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

    static {
        try {
            PENDING = MethodHandles.lookup().findVarHandle(Frame.class, "pending", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** References that travel with each record: whose it is, whom to tell, with what. */
    static final int SLOTS = 3;

    Segment segment;
    Chunk chunk;
    /** Where the frame begins in its chunk. */
    int chunkAt;
    /** Where the frame begins in its segment. */
    long offset;
    /** Header and records may not be longer. */
    int capacity;

    long firstLsn;
    int bytes;
    int records;
    long openedNanos;
    /** Committer: what of its time since then was its sync, or the rest of the one that was under way. */
    long syncNanos;
    /** What admission counted for it. */
    long admittedBytes;

    private Object[] slots = new Object[SLOTS * 16];

    @SuppressWarnings("unused") // through PENDING
    private volatile int pending;

    Frame() {}

    void open(Segment inSegment, long atOffset, Chunk inChunk, int limit, long lsn, long nanos) {
        segment = inSegment;
        offset = atOffset;
        chunk = inChunk;
        chunkAt = inChunk.position;
        capacity = limit;
        firstLsn = lsn;
        bytes = FrameFormat.HEADER_BYTES;
        records = 0;
        admittedBytes = 0;
        openedNanos = nanos;
        syncNanos = 0;
    }

    boolean fits(int moreBytes) {
        return moreBytes <= capacity - bytes;
    }

    void reserved() {
        PENDING.getAndAdd(this, 1);
    }

    void filled() {
        PENDING.getAndAdd(this, -1);
    }

    boolean isFilled() {
        return pending == 0;
    }

    /** Makes room for what travels with more records; before they are granted, as memory may be short. */
    void slotsFor(int moreRecords) {
        int wanted = (records + moreRecords) * SLOTS;
        if (wanted > slots.length) {
            slots = Arrays.copyOf(slots, Math.max(slots.length * 2, wanted));
        }
    }

    void slot(int record, Object owner, Object listener, Object context) {
        int at = record * SLOTS;
        slots[at] = owner;
        slots[at + 1] = listener;
        slots[at + 2] = context;
    }

    void forget() {
        Arrays.fill(slots, 0, Math.min(slots.length, records * SLOTS), null);
        segment = null;
        chunk = null;
    }

    /** Returns the LSN of its last record. */
    public long lastLsn() {
        return firstLsn + records - 1;
    }

    /** Returns the LSN of its first record. */
    public long firstLsn() {
        return firstLsn;
    }

    /** Returns how many records it has. */
    public int records() {
        return records;
    }

    /** Returns the segment it lies in. */
    public long segmentId() {
        return segment.id;
    }

    /** Returns when it was opened, by the journal's clock, in nanoseconds. */
    public long openedNanos() {
        return openedNanos;
    }

    /**
     * Returns how long, since it was opened, it waited for the device: its own sync, and what was left of the one before.
     *
     * @return nanoseconds; 0 in a deferred journal, but where a sync was due
     */
    public long syncNanos() {
        return syncNanos;
    }

    /** Returns whose the record is, as given to the reservation. */
    public Object owner(int record) {
        return slots[record * SLOTS];
    }

    /**
     * Takes whom to tell, as given to the reservation; null: nobody, or another thread took it. Whoever gets it tells it, so
     * nobody is told twice.
     */
    public Object takeListener(int record) {
        return SLOT.getAndSet(slots, record * SLOTS + 1, null);
    }

    /** Nobody is told of this record. */
    void forgetListener(int record) {
        SLOT.setVolatile(slots, record * SLOTS + 1, null);
    }

    /** Returns the context, as given to the reservation. */
    public Object context(int record) {
        return slots[record * SLOTS + 2];
    }

    /** Puts a cursor before the first record. */
    public void rewind(Cursor cursor) {
        cursor.start(chunk.bytes, chunkAt, segment.id, offset, records, firstLsn, bytes);
    }

    /** Goes over the records of a frame in memory. <b>Confined to one thread.</b> */
    public static final class Cursor {
        private ByteBuffer frame;
        private long segmentId;
        private int records;
        private long firstLsn;
        private int end;
        private boolean bare;
        private int next;
        private int at;
        private long nextOffset;
        private long offset;
        private int index;

        /** Made once, used for many frames. */
        public Cursor() {}

        void start(ByteBuffer bytes, int begin, long segment, long frameOffset, int count, long lsn, int length) {
            frame = bytes;
            bare = false;
            segmentId = segment;
            nextOffset = frameOffset + FrameFormat.HEADER_BYTES;
            records = count;
            firstLsn = lsn;
            end = begin + length;
            next = begin + FrameFormat.HEADER_BYTES;
            index = -1;
        }

        /** Of a frame of which only the headers of records are here, and the payloads of METADATA. */
        void startBare(ByteBuffer bytes, long segment, long frameOffset, int count, long lsn) {
            start(bytes, 0, segment, frameOffset, count, lsn, bytes.capacity());
            bare = true;
        }

        /** Leaves out the records up to an LSN. */
        void skipTo(long lsn) {
            while (lsn() < lsn) {
                next();
            }
        }

        /** Moves to the next record; false behind the last one. */
        public boolean next() {
            if (++index >= records) {
                frame = null;
                return false;
            }
            at = next;
            offset = nextOffset;
            int bytes = RecordFormat.bytes(payloadBytes());
            next += bare && type() != RecordType.METADATA ? RecordFormat.HEADER_BYTES : bytes;
            nextOffset += bytes;
            assert next <= end : "record " + index + " reaches " + next + " behind " + end;
            return true;
        }

        /** Returns its number in the frame, from 0. */
        public int index() {
            return index;
        }

        /** Returns its log sequence number. */
        public long lsn() {
            return firstLsn + index;
        }

        /** Returns its type. */
        public RecordType type() {
            return RecordType.of(RecordFormat.typeCode(frame.getInt(at + RecordFormat.WORD_OFFSET)));
        }

        /** Returns whether the next record belongs to the same batch. */
        public boolean continued() {
            return RecordFormat.continued(frame.getInt(at + RecordFormat.WORD_OFFSET));
        }

        /** Returns its ledger id. */
        public long ledgerId() {
            return frame.getLong(at + RecordFormat.LEDGER_OFFSET);
        }

        /** Returns its entry id. */
        public long entryId() {
            return frame.getLong(at + RecordFormat.ENTRY_OFFSET);
        }

        /** Returns the bytes of its payload. */
        public int payloadBytes() {
            return RecordFormat.payloadBytes(frame.getInt(at + RecordFormat.WORD_OFFSET));
        }

        /** Returns the segment it lies in. */
        public long segmentId() {
            return segmentId;
        }

        /** Returns its offset in the segment. */
        public long offset() {
            return offset;
        }

        /** Returns a copy of its payload; in a replay only that of METADATA may be here. */
        public byte[] payload() {
            byte[] copy = new byte[payloadBytes()];
            payload(copy, 0);
            return copy;
        }

        /** Whether both stand on records that say the same; of payloads those of METADATA count. */
        boolean saysAs(Cursor other) {
            return type() == other.type()
                    && continued() == other.continued()
                    && ledgerId() == other.ledgerId()
                    && entryId() == other.entryId()
                    && payloadBytes() == other.payloadBytes()
                    && lsn() == other.lsn()
                    && offset() == other.offset()
                    && (type() != RecordType.METADATA || Arrays.equals(payload(), other.payload()));
        }

        void payload(byte[] into, int from) {
            assert !bare || type() == RecordType.METADATA : type();
            frame.get(at + RecordFormat.HEADER_BYTES, into, from, payloadBytes());
        }
    }
}
