package io.daybook.journal;

import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;

/**
 * A journal on some storage, driven by hand on one thread, with a clock that stands still until it is moved, and a note of all
 * that was issued and told.
 */
final class JournalRig implements FrameSink {
    static final int BLOCK = 4096;
    static final String DIRECTORY = "journal";

    /** A record as its user sees it. */
    record Rec(long lsn, RecordType type, long ledgerId, long entryId, String payload) {
        @Override
        public String toString() {
            return type + "@" + lsn + "(" + ledgerId + "," + entryId + "," + payload.length() + "B)";
        }
    }

    /** Where the payload of an entry lies. */
    record Place(long segmentId, long offset, int bytes) {}

    final Storage root;
    final Storage directory;
    final SecureRandom random;
    final JournalOptions options;
    final Journal.Wakeups wakeups = new Journal.Wakeups();

    /** All that was there when it was opened, seals and voids left out. */
    final List<Rec> recovered = new ArrayList<>();
    /** Filled by {@link #append}, in order of LSN; a record that was voided is not in it. */
    final List<Rec> issued = new ArrayList<>();
    /** Records told, in the order of telling, seals and voids left out. */
    final List<Rec> committed = new ArrayList<>();

    final List<Rec> failed = new ArrayList<>();
    /** One line for each call to the sink. */
    final List<String> told = new ArrayList<>();

    final Map<Long, Place> places = new HashMap<>();
    final List<Long> durableTold = new ArrayList<>();
    /** Of each frame that was committed. */
    final List<Long> syncNanosTold = new ArrayList<>();

    final List<Boolean> diskFullTold = new ArrayList<>();
    final List<Throwable> failuresTold = new ArrayList<>();

    JournalOpening opening;
    Journal journal;
    long now;
    long nextEntry;
    /** What the sink does on a committed frame, after it was noted. */
    Runnable onCommitted = () -> {};

    private final Frame.Cursor cursor = new Frame.Cursor();

    JournalRig(Storage root, long seed, JournalOptions options) throws IOException {
        this(root, new SeededRandom(seed), options);
    }

    JournalRig(Storage root, SecureRandom random, JournalOptions options) throws IOException {
        this.root = root;
        // Where it is, it is not made, as that would sync the directory that the manifest is in.
        this.directory = root.directory(DIRECTORY, !root.exists(DIRECTORY));
        this.random = random;
        this.options = options;
    }

    /** A rig that is open. */
    static JournalRig open(Storage root, long seed) throws IOException {
        return new JournalRig(root, seed, options().build()).open();
    }

    static JournalRig open(Storage root, long seed, Options options) throws IOException {
        return new JournalRig(root, seed, options.build()).open();
    }

    static Options options() {
        return new Options();
    }

    /** Small, so that everything happens after a few records. */
    static final class Options {
        boolean deferred;
        long segmentBytes = 16 * BLOCK;
        int chunkBytes = 4 * BLOCK;
        int frameBytesMax = 4 * BLOCK;
        long inFlightBytesMax = 1 << 20;
        long tailCacheBytes = 1 << 20;
        long deferredSyncBytes = 64 << 20;
        long deferredSyncNanos = 1_000_000_000;
        long idleSealNanos;
        long reserveBytes;

        Options deferred() {
            deferred = true;
            return this;
        }

        Options segmentBlocks(int blocks) {
            segmentBytes = (long) blocks * BLOCK;
            return this;
        }

        Options frameBytesMax(int bytes) {
            frameBytesMax = bytes;
            return this;
        }

        Options inFlightBytesMax(long bytes) {
            inFlightBytesMax = bytes;
            return this;
        }

        Options idleSealNanos(long nanos) {
            idleSealNanos = nanos;
            return this;
        }

        Options tailCacheBytes(long bytes) {
            tailCacheBytes = bytes;
            return this;
        }

        Options deferredSyncBytes(long bytes) {
            deferredSyncBytes = bytes;
            return this;
        }

        Options reserveBytes(long bytes) {
            reserveBytes = bytes;
            return this;
        }

        JournalOptions build() {
            return new JournalOptions(
                    deferred,
                    segmentBytes,
                    chunkBytes,
                    frameBytesMax,
                    inFlightBytesMax,
                    tailCacheBytes,
                    0,
                    deferredSyncBytes,
                    deferredSyncNanos,
                    idleSealNanos,
                    reserveBytes);
        }
    }

    /** Opens for writing, makes the store if there is none. */
    JournalRig open() throws IOException {
        recover();
        start();
        return this;
    }

    /** Recovers and reads all that is there, without starting. */
    JournalRig recover() throws IOException {
        opening = JournalOpening.exists(root)
                ? JournalOpening.recover(root, directory, random)
                : JournalOpening.create(root, directory, StoreId.random(random), random);
        try {
            replay();
        } catch (Throwable e) {
            opening.close();
            throw e;
        }
        return this;
    }

    /** Looks at what is there as a reader beside a writer does. */
    static List<Rec> readOnly(Storage root) throws IOException {
        JournalRig rig = new JournalRig(root, 0, options().build());
        rig.opening = JournalOpening.readOnly(root, rig.directory, rig.random);
        rig.replay();
        rig.opening.close();
        return rig.recovered;
    }

    /** What is recovered from a disk, which is changed by it; the journal is not started. */
    static List<Rec> recovered(Storage root) throws IOException {
        JournalRig rig = new JournalRig(root, 4711, options().build()).recover();
        rig.opening.close();
        return rig.recovered;
    }

    private void replay() throws IOException {
        opening.replay(0, record -> note(record, recovered), (done, total) -> {});
        List<String> byFrames = new ArrayList<>();
        opening.replay(0, record -> byFrames.add(header(record)), (done, total) -> {});
        List<String> byContents = new ArrayList<>();
        opening.replay(
                0,
                records -> {
                    while (records.next()) {
                        byContents.add(header(records));
                    }
                },
                (done, total) -> {},
                new JournalOpening.Reading(true, false));
        if (!byContents.equals(byFrames)) {
            throw new AssertionError("contents say " + byContents + ", the frames " + byFrames);
        }
    }

    /** All that a replay is told of a record without reading its payload. */
    static String header(Frame.Cursor record) {
        return record.lsn() + " " + record.type() + (record.continued() ? "+ " : " ") + record.ledgerId() + " "
                + record.entryId() + " " + record.payloadBytes() + " at " + record.segmentId() + " " + record.offset()
                + (record.type() == RecordType.METADATA ? Arrays.toString(record.payload()) : "");
    }

    /** Begins to take appends, after {@link #recover}. */
    void start() {
        journal = opening.start(
                options,
                this,
                new JournalListener() {
                    @Override
                    public void diskFull(boolean full) {
                        diskFullTold.add(full);
                    }

                    @Override
                    public void failed(Throwable cause) {
                        failuresTold.add(cause);
                    }
                },
                () -> now,
                wakeups);
        journal.footers(segmentId -> List.of(new SegmentFooter.Row(7, segmentId, 0, 1, 2, 3, true, false)));
    }

    private void note(Frame.Cursor record, List<Rec> into) {
        if (record.type() == RecordType.SEAL || record.type() == RecordType.VOID) {
            return;
        }
        into.add(new Rec(
                record.lsn(),
                record.type(),
                record.ledgerId(),
                record.entryId(),
                new String(record.payload(), StandardCharsets.ISO_8859_1)));
        places.put(record.lsn(), new Place(record.segmentId(), record.offset(), record.payloadBytes()));
    }

    @Override
    public void committed(Frame frame) {
        told.add("committed " + frame.firstLsn() + "-" + frame.lastLsn());
        syncNanosTold.add(frame.syncNanos());
        frame.rewind(cursor);
        while (cursor.next()) {
            note(cursor, committed);
        }
        onCommitted.run();
    }

    @Override
    public void failed(Frame frame, Throwable cause) {
        told.add("failed " + frame.firstLsn() + "-" + frame.lastLsn());
        frame.rewind(cursor);
        while (cursor.next()) {
            note(cursor, failed);
        }
    }

    @Override
    public void advanced(long durableLsn) {
        told.add("advanced " + durableLsn);
        durableTold.add(durableLsn);
    }

    /** Reserves; does the journal's work itself where it would have to wait. */
    Journal.Room reserve(Ticket ticket, int bytes, int records) {
        journal.lock();
        try {
            for (int tries = 0; tries < 10_000; tries++) {
                Journal.Room room = journal.reserve(ticket, bytes, records, false);
                if (room == Journal.Room.GRANTED) {
                    for (int i = 0; i < records; i++) {
                        journal.slot(ticket, i, this, null, null);
                    }
                }
                if (room != Journal.Room.BUSY && room != Journal.Room.NO_SEGMENT) {
                    return room;
                }
                journal.awaitRoom(this::work, 1_000_000);
            }
            throw new AssertionError("no room after 10000 tries");
        } finally {
            journal.unlock();
        }
    }

    private void work(Condition condition, long nanos) {
        now += nanos;
        pump();
    }

    /** Appends an entry of ledger 7 with the next id; null if it was refused, and then {@link #lastRoom} says why. */
    Rec append(int payloadBytes) {
        return append(7, nextEntry++, payload(nextEntry, payloadBytes));
    }

    Journal.Room lastRoom;

    Rec append(long ledgerId, long entryId, byte[] payload) {
        Ticket ticket = new Ticket();
        lastRoom = reserve(ticket, RecordFormat.bytes(payload.length), 1);
        if (lastRoom != Journal.Room.GRANTED) {
            return null;
        }
        long lsn = ticket.lsn();
        ByteBuf bytes = Unpooled.wrappedBuffer(payload);
        ticket.fill(RecordType.ENTRY, ledgerId, entryId, bytes, payload.length, false);
        ticket.done();
        Rec rec = new Rec(lsn, RecordType.ENTRY, ledgerId, entryId, new String(payload, StandardCharsets.ISO_8859_1));
        issued.add(rec);
        return rec;
    }

    /** Bytes that tell where they belong. */
    static byte[] payload(long number, int bytes) {
        byte[] payload = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            payload[i] = (byte) (number * 31 + i * 7 + (i >>> 8));
        }
        return payload;
    }

    /** Writes, syncs and tells until nothing is left to do, but no housekeeping. */
    void commit() {
        boolean worked = true;
        while (worked) {
            worked = journal.commitOnce();
            worked |= journal.completeOnce();
        }
    }

    /** All work there is. A failure of housekeeping is the journal's and found there. */
    void pump() {
        boolean worked = true;
        for (int i = 0; worked && i < 1000; i++) {
            worked = housekeep();
            worked |= journal.commitOnce();
            worked |= journal.completeOnce();
        }
    }

    boolean housekeep() {
        try {
            return journal.housekeepOnce();
        } catch (IOException e) {
            return false;
        }
    }

    /** Appends entries, a frame each, all acknowledged. */
    void appendAcknowledged(int entries, int payloadBytes) {
        for (int i = 0; i < entries; i++) {
            append(payloadBytes);
            commit();
        }
    }

    void close() throws IOException {
        try {
            journal.close();
        } finally {
            journal.closeReaders();
        }
    }

    /** The process ends here: what this journal holds in memory is given back, nothing is written. */
    void forget() {
        try {
            journal.closeReaders();
        } catch (IOException e) {
            // Its disk is gone.
        }
    }

    /** Reads a record from its file, and from memory if it is there; both must be what was appended. */
    String read(Rec rec) throws IOException {
        Place place = places.get(rec.lsn());
        ByteBuf target = Unpooled.buffer(RecordFormat.bytes(place.bytes()));
        journal.readRecord(place.segmentId(), place.offset(), place.bytes(), rec.ledgerId(), rec.entryId(), target);
        String fromFile = target.toString(StandardCharsets.ISO_8859_1);
        ByteBuf tail = journal.tail(place.segmentId(), place.offset(), place.bytes());
        if (tail != null) {
            String fromMemory = tail.toString(StandardCharsets.ISO_8859_1);
            tail.release();
            if (!fromMemory.equals(fromFile)) {
                throw new AssertionError("memory and file differ for " + rec);
            }
        }
        return fromFile;
    }

    static String segmentFile(long id) {
        return DIRECTORY + "/" + SegmentFormat.name(id);
    }

    /** Paths of the segment files of a disk, oldest first. */
    static List<String> segmentFiles(SimStorage disk) {
        return disk.files().stream()
                .filter(name -> name.startsWith(DIRECTORY + "/segment-"))
                .toList();
    }
}
