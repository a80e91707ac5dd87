package io.daybook.journal;

import io.daybook.storage.Storage;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.List;

/**
 * The group-committed log of a store: every durable fact is a record in it, and entries are read from where they were written.
 *
 * <p>It starts no threads. Whoever owns it calls {@link #commitOnce}, {@link #completeOnce} and {@link #housekeepOnce}, each on
 * one thread at a time, when told to by its {@link Signal} or by time; tests call all three on one.
 *
 * <p><b>Thread-safe</b>, with the confinements named.
 */
public final class Journal {

    /** What a reservation met. */
    public enum Room {
        /** The room is the caller's, to fill. */
        GRANTED,
        /** The bound of bytes in flight is reached: wait or refuse. */
        BUSY,
        /** The next segment is being prepared: wait. */
        NO_SEGMENT,
        /** The disk is too full for more. */
        DISK_FULL,
        /** The journal failed, see {@link #failure}. */
        FAILED
    }

    /** How a journal says that there is work. */
    public record Wakeups(Signal commit, Signal complete, Signal housekeep) {
        /** Three of them. */
        public Wakeups() {
            this(new Wakeup(), new Wakeup(), new Wakeup());
        }
    }

    /** Gives the rows of a segment's footer once all its records were applied. */
    @FunctionalInterface
    public interface Footers {
        /** Returns the rows; called once a segment. */
        List<SegmentFooter.Row> rows(long segmentId);
    }

    /** Somebody who waits for a record whose outcome does not come. */
    public record Untold(long ledgerId, long entryId, Object listener, Object context) {}

    private static final ThreadLocal<RecordChecksum> CHECKSUMS = ThreadLocal.withInitial(RecordChecksum::new);

    private final SegmentCatalog catalog;
    private final SegmentDirectory directory;
    private final JournalOptions options;
    private final JournalListener listener;
    private final JournalClock clock;
    private final Wakeups wakeups;
    private final TailCache cache;
    private final Intake intake;
    private final Completions completions;
    private final Committer committer;
    private final SegmentReaders readers;
    private final SegmentLifecycle lifecycle;
    private final SegmentReclaim reclaim;
    private final SegmentScrub scrub;
    private final JournalSpace space;
    private volatile Footers footers = segmentId -> List.of();
    private volatile long lastActivityNanos;
    private volatile boolean closedInOrder;
    private final long recordBytesMax;
    /** The newest seal: when nothing came behind it, an idle journal needs no other one. */
    private volatile long sealLsn;

    Journal(
            SegmentCatalog catalog,
            SegmentDirectory directory,
            List<SegmentEntry> readable,
            JournalOptions options,
            FrameSink sink,
            JournalListener listener,
            JournalClock clock,
            Wakeups wakeups,
            SecureRandom random,
            long recoveredLsn,
            long firstLsn) {
        this.catalog = catalog;
        this.directory = directory;
        this.options = options;
        this.listener = listener;
        this.clock = clock;
        this.wakeups = wakeups;
        int block = directory.blockBytes();
        this.recordBytesMax = Math.min(
                Math.min(options.frameBytesMax(), options.segmentBytes() - 2L * block) - FrameFormat.HEADER_BYTES,
                options.inFlightBytesMax());
        this.cache = new TailCache(options.chunkBytes(), block, options.tailCacheBytes());
        this.intake = new Intake(options, cache, block, clock, recoveredLsn, firstLsn);
        this.completions = new Completions(sink, intake, wakeups.complete(), block, recoveredLsn);
        FreeFiles free = new FreeFiles(directory);
        this.space = new JournalSpace(
                catalog.root(), directory.storage(), free, options.segmentBytes(), options.reserveBytes());
        this.committer = new Committer(intake, completions, options, listener, clock, space, block, recoveredLsn);
        this.readers = new SegmentReaders(directory, readable);
        this.lifecycle =
                new SegmentLifecycle(catalog, directory, intake, options, listener, random, readers, free, space);
        this.reclaim = new SegmentReclaim(
                catalog, directory, readers, free, space, random, intake::isDiskFull, options.segmentBytes());
        this.scrub = new SegmentScrub(catalog, directory, reclaim);
        this.lastActivityNanos = clock.nanoTime();
    }

    // ---- Intake ----

    /** Takes the lock under which states are checked and room is reserved. Short: no I/O, no copying, no calls out. */
    public void lock() {
        intake.lock.lock();
    }

    /** Gives the lock back. */
    public void unlock() {
        intake.lock.unlock();
    }

    /**
     * Reserves room for records that follow each other in one frame. The caller holds the lock, and fills the ticket after
     * giving it back.
     *
     * @param ticket the caller's
     * @param bytes of all records, headers included; at most {@link #recordBytesMax}
     * @param records how many
     * @param privileged whether it may be granted though the disk is full, as it helps to free space
     */
    public Room reserve(Ticket ticket, int bytes, int records, boolean privileged) {
        Room room = intake.reserve(this, ticket, bytes, records, privileged);
        if (room == Room.NO_SEGMENT) {
            wakeups.housekeep().signal();
        }
        return room;
    }

    /**
     * Sets what travels with a reserved record; the caller still holds the lock.
     *
     * @param ticket granted, nothing filled yet
     * @param record 0 for the first of this reservation
     * @param owner whose it is
     * @param sinkListener whom the sink shall tell, may be null
     * @param context what with, may be null
     */
    public void slot(Ticket ticket, int record, Object owner, Object sinkListener, Object context) {
        ticket.frame.slot((int) (ticket.lsn() - ticket.frame.firstLsn) + record, owner, sinkListener, context);
    }

    /** Waits until there may be room; the caller holds the lock, which is given up meanwhile. */
    public void awaitRoom(Waiting waiting, long nanos) {
        long start = clock.nanoTime();
        intake.await(waiting, nanos);
        listener.waited(clock.nanoTime() - start);
    }

    void filled(Frame frame) {
        frame.filled();
        wakeups.commit().signal();
    }

    /** Returns the largest sum of record bytes that one reservation may ask for. */
    public long recordBytesMax() {
        return recordBytesMax;
    }

    /** Whether the calling thread is telling completions right now: it must not wait for room. */
    public boolean isCompleting() {
        return completions.isWorker();
    }

    // ---- Work ----

    /** Writes and syncs what has gathered; false if there was nothing to do. <b>By one thread at a time.</b> */
    public boolean commitOnce() {
        boolean worked = committer.commitOnce();
        if (worked) {
            lastActivityNanos = clock.nanoTime();
        }
        return worked;
    }

    /** Whether a commit should wait for more to gather, and how long; 0: no. */
    public long groupWaitNanos() {
        if (options.groupWaitNanos() == 0) {
            return 0;
        }
        long oldest = intake.oldestNanos();
        return oldest == Long.MAX_VALUE ? 0 : Math.max(0, options.groupWaitNanos() - (clock.nanoTime() - oldest));
    }

    /** Returns how long the commit thread may sleep when it has nothing to do. */
    public long commitSleepNanos() {
        return committer.sleepNanos();
    }

    /** Whether something waits for {@link #commitOnce}, if only to be told that the journal failed. */
    public boolean hasWork() {
        return failure() != null || intake.hasWork();
    }

    /** Whether something waits for {@link #completeOnce}. */
    public boolean hasUntold() {
        return completions.hasWork();
    }

    /** Tells one group's completions; false if there was none. <b>By one thread at a time.</b> */
    public boolean completeOnce() {
        return completions.completeOnce();
    }

    /**
     * Prepares and seals segments, looks at the free space, seals an idle journal; false if there was nothing to do.
     *
     * @throws IOException after which the journal has failed
     */
    public boolean housekeepOnce() throws IOException {
        try {
            boolean worked = lifecycle.prepareOnce();
            worked |= lifecycle.sealOnce(completions.completedLsn(), footers::rows);
            long accepted = acceptedLsn();
            if (options.idleSealNanos() > 0
                    && accepted != sealLsn
                    && clock.nanoTime() - lastActivityNanos >= options.idleSealNanos()) {
                worked |= cover(accepted);
            }
            return worked;
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            throw e;
        }
    }

    /**
     * Looks at the free space of the journal's file system; true if the disk-full state changed.
     *
     * @param others bytes that are wanted for something else before appends get any
     * @throws IOException after which the journal has failed if the segment that is ready could not be given its blocks
     */
    public boolean checkSpace(long others) throws IOException {
        try {
            return lifecycle.checkSpace(others);
        } catch (IOException | RuntimeException | Error e) {
            if (lifecycle.isBroken()) {
                fail(e);
            }
            throw e;
        }
    }

    /**
     * Gives away the room that is kept back for what helps to free space; it is kept back anew when there is some.
     *
     * @return whether there was any
     */
    public boolean spendReserve() throws IOException {
        return space.spend();
    }

    /** The first failure is final: nothing is accepted, written or acknowledged after it. */
    public void fail(Throwable cause) {
        if (intake.fail(cause)) {
            listener.failed(cause);
        }
        committer.drain();
        wakeups.commit().signal();
    }

    // ---- Positions ----

    /** Returns the LSN of the newest reserved record. */
    public long acceptedLsn() {
        return intake.acceptedLsn();
    }

    /** Returns the LSN up to which everything is on the device. */
    public long durableLsn() {
        return committer.durableLsn();
    }

    /** Returns the LSN up to which the sink was told. */
    public long completedLsn() {
        return completions.completedLsn();
    }

    /** Returns the LSN up to which no torn tail can reach, as a durable watermark covers it. */
    public long coveredLsn() {
        return closedInOrder ? Long.MAX_VALUE : committer.coveredLsn();
    }

    /** Returns the bytes accepted and not completed. */
    public long inFlightBytes() {
        return intake.inFlightBytes();
    }

    /** Returns the bytes of memory that frames and tail reads take. */
    public long tailCacheBytes() {
        return cache.bytes();
    }

    /** Asks for a sync of everything up to an LSN; only a deferred journal needs to be asked. */
    public void requestSync(long lsn) {
        committer.requestSync(lsn);
        wakeups.commit().signal();
    }

    /**
     * Works towards covering an LSN with a watermark: if the journal is idle a seal is put in; otherwise the next frame does it.
     *
     * @return whether a seal was put in
     */
    public boolean cover(long lsn) {
        if (coveredLsn() >= lsn || failure() != null) {
            return false;
        }
        if (durableLsn() < lsn) {
            requestSync(lsn);
            return false;
        }
        Ticket ticket = new Ticket();
        intake.lock.lock();
        try {
            if (!intake.isIdle() || committer.writtenLsn() != intake.acceptedLsn()) {
                return false;
            }
            if (reserve(ticket, RecordFormat.bytes(0), 1, true) != Room.GRANTED) {
                return false;
            }
            slot(ticket, 0, null, null, null);
            sealLsn = ticket.lsn();
        } finally {
            intake.lock.unlock();
        }
        ticket.fill(RecordType.SEAL, 0, 0, null, 0, false);
        ticket.done();
        requestSync(acceptedLsn());
        return true;
    }

    /** Returns the first failure, null if there was none. */
    public Throwable failure() {
        return intake.failure();
    }

    /** Whether appends are refused because the disk is too full. */
    public boolean isDiskFull() {
        return intake.isDiskFull();
    }

    /** Whether everything accepted was committed and told. */
    public boolean isDrained() {
        return completions.completedLsn() >= intake.acceptedLsn();
    }

    /**
     * Takes over whoever waits for a record that is in flight: the caller tells them, and nobody else does. For the end, when a
     * device or a callback hangs; what was written stays written. Of a frame that a caller still fills nothing is taken.
     */
    public List<Untold> takeUntold() {
        return intake.takeUntold();
    }

    /** Wakes all who wait for room, e.g. because the engine closes. */
    public void wakeAll() {
        intake.wakeAll();
    }

    // ---- Reading ----

    /**
     * Reads a record's payload and checks every byte of the record.
     *
     * @param segmentId segment of the record
     * @param offset of the record
     * @param payloadBytes of its payload
     * @param ledgerId that it must carry
     * @param entryId that it must carry
     * @param target room for the whole record, written at its writer index; on return its readable bytes are the payload
     * @throws JournalException if the record there is not the asked one or is damaged
     */
    public void readRecord(long segmentId, long offset, int payloadBytes, long ledgerId, long entryId, ByteBuf target)
            throws IOException {
        int bytes = RecordFormat.bytes(payloadBytes);
        int begin = target.writerIndex();
        ByteBuffer record = target.nioBuffer(begin, bytes).order(ByteOrder.LITTLE_ENDIAN);
        int read = readers.read(segmentId, offset, record);
        if (read < bytes) {
            throw damaged(segmentId, offset, "record of " + bytes + " bytes is cut off by the end of the file");
        }
        check(segmentId, offset, payloadBytes, ledgerId, entryId, record);
        target.writerIndex(begin + bytes);
        target.readerIndex(begin + RecordFormat.HEADER_BYTES);
    }

    /**
     * Checks a record whose bytes the caller read.
     *
     * @param record from position 0 to the end of the record, little-endian
     * @throws JournalException if it is not the asked one or is damaged
     */
    public void check(long segmentId, long offset, int payloadBytes, long ledgerId, long entryId, ByteBuffer record)
            throws JournalException {
        int word = record.getInt(RecordFormat.WORD_OFFSET);
        ByteBuffer payload = record.duplicate();
        payload.limit(RecordFormat.bytes(payloadBytes)).position(RecordFormat.HEADER_BYTES);
        int expected = record.getInt(RecordFormat.CRC_OFFSET);
        SegmentEntry entry = readers.entry(segmentId);
        if (entry == null) {
            throw damaged(segmentId, offset, "location in a segment that is not listed");
        }
        int computed = CHECKSUMS
                .get()
                .record(
                        entry.nonce(),
                        offset,
                        word,
                        record.getLong(RecordFormat.LEDGER_OFFSET),
                        record.getLong(RecordFormat.ENTRY_OFFSET),
                        payload);
        if (RecordFormat.payloadBytes(word) != payloadBytes || expected != computed) {
            throw damaged(
                    segmentId,
                    offset,
                    String.format("record crc mismatch: expected 0x%08x, computed 0x%08x", expected, computed));
        }
        if (RecordFormat.typeCode(word) != RecordType.ENTRY.code()
                || record.getLong(RecordFormat.LEDGER_OFFSET) != ledgerId
                || record.getLong(RecordFormat.ENTRY_OFFSET) != entryId) {
            throw damaged(
                    segmentId,
                    offset,
                    "record is of ledger " + record.getLong(RecordFormat.LEDGER_OFFSET) + ", entry "
                            + record.getLong(RecordFormat.ENTRY_OFFSET) + ", not of ledger " + ledgerId + ", entry "
                            + entryId);
        }
    }

    private JournalException damaged(long segmentId, long offset, String what) {
        return JournalException.damaged(directory.path(segmentId), segmentId, offset, what);
    }

    /**
     * Reads raw bytes of a segment, for read-ahead.
     *
     * @return bytes read, fewer at the end of the file
     */
    public int readRaw(long segmentId, long offset, ByteBuffer target) throws IOException {
        return readers.read(segmentId, offset, target);
    }

    /**
     * A payload that is still in memory.
     *
     * @return a slice without a copy, which the caller releases; null if it is not here any more
     */
    public ByteBuf tail(long segmentId, long offset, int payloadBytes) {
        return cache.slice(segmentId, offset + RecordFormat.HEADER_BYTES, payloadBytes);
    }

    // ---- The rest ----

    /** Sets who gives the rows of footers; before the first segment is full. */
    public void footers(Footers source) {
        this.footers = source;
    }

    /** Returns what gives dead segments back. */
    public SegmentReclaim reclaim() {
        return reclaim;
    }

    /** Returns what reads sealed segments again. */
    public SegmentScrub scrub() {
        return scrub;
    }

    /** Returns the id of the store. */
    public StoreId storeId() {
        return catalog.store();
    }

    /** Returns the number that an index of this journal must know. */
    public long incarnation() {
        return catalog.incarnation().number();
    }

    /** Returns the number of listed segments. */
    public int segments() {
        return readers.size();
    }

    /** Returns the bytes of all listed segments, up to what was written of each. Waits while a segment is prepared or sealed. */
    public long segmentBytes() {
        return lifecycle.bytes();
    }

    /**
     * Seals and closes in order, on one thread, after the commit and completion threads have stopped and everything accepted
     * was told, or those who wait were taken over. After a failure it tells who is left and closes files.
     */
    public void close() throws IOException {
        try {
            if (failure() == null) {
                sealAtEnd();
            }
            if (failure() == null) {
                closedInOrder = lifecycle.closeAll(acceptedLsn(), footers::rows);
            } else {
                tellFailed();
                lifecycle.abandon();
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            tellFailed();
            lifecycle.abandon();
            throw e;
        } finally {
            catalog.close();
        }
    }

    /** Closes what reading needs; nobody reads any more, or gets an error. */
    public void closeReaders() throws IOException {
        try {
            scrub.close();
            readers.close();
        } finally {
            cache.close();
        }
    }

    private void sealAtEnd() {
        requestSync(acceptedLsn());
        while (commitOnce()) {
            completeAll();
        }
        completeAll();
        if (cover(acceptedLsn())) {
            while (commitOnce()) {
                completeAll();
            }
            completeAll();
        }
    }

    /** The threads that would do it have stopped. */
    private void tellFailed() {
        committer.drain();
        completeAll();
    }

    private void completeAll() {
        while (completeOnce()) {
            // All of them.
        }
    }

    Storage storage() {
        return directory.storage();
    }
}
