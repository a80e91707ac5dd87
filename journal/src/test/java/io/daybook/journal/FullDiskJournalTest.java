package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.journal.Journal.Room;
import io.daybook.journal.JournalRig.Rec;
import io.daybook.storage.ForwardingStorage;
import io.daybook.storage.NoSpaceException;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.SpaceReserve;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFault;
import io.daybook.storage.StorageFile;
import io.daybook.testing.QuietLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A disk that is full at any place (F7): what was accepted is written, what is not accepted is told so before, and with room
 * again the journal goes on by itself.
 */
@ExtendWith(QuietLog.class)
class FullDiskJournalTest {
    private static final int BLOCK = JournalRig.BLOCK;
    private static final int ENTRIES = 60;

    private static JournalRig.Options options() {
        return JournalRig.options().reserveBytes(4L * BLOCK).idleSealNanos(100);
    }

    /** Nothing is left: somebody else has it. */
    private static void takeTheRest(SimStorage disk) throws IOException {
        disk.capacityBytes(disk.totalBytes() - disk.freeBytes());
    }

    private static void makeRoom(SimStorage disk) {
        disk.capacityBytes(100_000L * BLOCK);
    }

    /** Looks at the room there is and does all work, as an engine does each second. */
    private static void second(JournalRig rig) throws IOException {
        rig.now += 1_000_000_000L;
        rig.journal.checkSpace(0);
        rig.pump();
    }

    /** Appends until it is refused, or enough. */
    private static void fill(JournalRig rig, int entries) throws IOException {
        for (int i = 0; i < entries; i++) {
            if (rig.append(5000) == null) {
                assertThat(rig.lastRoom).isEqualTo(Room.DISK_FULL);
                return;
            }
            if (i % 3 == 2) {
                rig.pump();
            }
            if (i % 8 == 7) {
                second(rig);
            }
        }
    }

    /** Everything accepted was committed, nothing failed. */
    private static void expectNothingLost(String at, JournalRig rig) {
        rig.pump();
        assertThat(rig.journal.failure()).as(at).isNull();
        assertThat(rig.failed).as(at).isEmpty();
        assertThat(rig.committed).as(at).isEqualTo(rig.issued);
    }

    private static void expectToGoOn(String at, JournalRig rig) throws IOException {
        second(rig);
        second(rig);
        assertThat(rig.append(5000)).as(at).isNotNull();
        expectNothingLost(at, rig);
        assertThat(rig.journal.isDiskFull()).as(at).isFalse();
    }

    /** After a crash, with what is kept back; null: it needs more room than that. */
    private static List<Rec> recovered(SimStorage disk) throws IOException {
        for (boolean spent = false; ; spent = true) {
            try {
                return JournalRig.recovered(disk);
            } catch (NoSpaceException e) {
                SpaceReserve reserve = new SpaceReserve(disk.directory(JournalRig.DIRECTORY, false), 1);
                if (spent || !reserve.spend()) {
                    return null;
                }
            }
        }
    }

    @Test
    void onADiskOfAnySizeAppendsAreRefusedBeforeTheyAreAcceptedAndComeBack() throws IOException {
        int full = 0;
        int crashes = 0;
        int unopened = 0;
        for (int blocks = 8; blocks < 260; blocks++) {
            String at = "disk of " + blocks + " blocks";
            SimStorage disk = SimStorage.create(blocks);
            disk.capacityBytes((long) blocks * BLOCK);
            JournalRig rig = JournalRig.open(disk, 1, options());
            fill(rig, ENTRIES);
            expectNothingLost(at, rig);
            full += rig.journal.isDiskFull() ? 1 : 0;
            second(rig);
            for (Power power : new Power[] {Power.KILL, Power.NOTHING, Power.ANY}) {
                List<Rec> after = recovered(disk.crashClone(power, blocks));
                unopened += after == null ? 1 : 0;
                crashes++;
                assertThat(after).as(at + ", " + power).isIn(null, rig.committed);
            }
            makeRoom(disk);
            expectToGoOn(at, rig);
            rig.close();
            assertThat(JournalRig.recovered(disk)).as(at).isEqualTo(rig.committed);
        }
        System.out.println("full disks: 252 sizes, " + full + " full; " + crashes + " crashes, " + unopened
                + " did not open before there was room");
        assertThat(full).isGreaterThan(50);
        assertThat(unopened).isZero();
    }

    @Test
    void somebodyWhoTakesAllRoomAtAnyMomentLosesNothing() throws IOException {
        long operations = run(Long.MAX_VALUE);
        for (long taken = 1; taken <= operations; taken++) {
            run(taken);
        }
        System.out.println("full disks: all room was taken before each of " + operations + " operations");
        assertThat(operations).isGreaterThan(100);
    }

    /** On a disk that is small, and so has its blocks allocated ahead. */
    private static long run(long takenBefore) throws IOException {
        String at = "all taken before operation " + takenBefore;
        SimStorage disk = SimStorage.create(5);
        disk.capacityBytes(120L * BLOCK);
        JournalRig rig = JournalRig.open(disk, 1, options());
        long from = disk.operations();
        disk.onOperation((number, op, path) -> {
            if (number - from == takenBefore) {
                takeTheRest(disk);
            }
        });
        fill(rig, 40);
        expectNothingLost(at, rig);
        long operations = disk.operations() - from;
        if (takenBefore == Long.MAX_VALUE) {
            return operations;
        }
        disk.onOperation(null);
        takeTheRest(disk);
        second(rig);
        fill(rig, 40);
        expectNothingLost(at, rig);
        List<Rec> killed = recovered(disk.crashClone(Power.KILL, takenBefore));
        assertThat(killed).as(at).isIn(null, rig.committed);
        makeRoom(disk);
        expectToGoOn(at, rig);
        rig.close();
        assertThat(JournalRig.recovered(disk)).as(at).isEqualTo(rig.committed);
        return operations;
    }

    @Test
    void aFullDiskAtTheEndCostsTheNoteOfTheEndAndNothingElse() throws IOException {
        for (int entries = 1; entries < 40; entries++) {
            String at = entries + " entries";
            SimStorage disk = SimStorage.create(entries);
            disk.capacityBytes(120L * BLOCK);
            JournalRig rig = JournalRig.open(disk, 1, options());
            fill(rig, entries);
            takeTheRest(disk);
            rig.close();
            assertThat(rig.journal.failure()).as(at).isNull();
            takeTheRest(disk);
            assertThat(recovered(disk)).as(at).isEqualTo(rig.committed);
        }
    }

    @Test
    void whatAnOpenFoundNoRoomToListItsCloseLists() throws IOException {
        int unlisted = 0;
        for (int entries = 1; entries < 40; entries++) {
            String at = entries + " entries";
            SimStorage disk = SimStorage.create(entries);
            disk.capacityBytes(120L * BLOCK);
            JournalRig before = JournalRig.open(disk, 1, options());
            fill(before, entries);
            // An idle journal covers what it holds, so that nothing has to be written again.
            second(before);
            second(before);
            SimStorage crashed = disk.crashClone(Power.KILL, entries);
            takeTheRest(crashed);
            JournalRig rig = JournalRig.open(crashed, 2, options());
            assertThat(rig.recovered).as(at).isEqualTo(before.committed);
            unlisted += isListed(crashed) ? 0 : 1;
            makeRoom(crashed);
            rig.close();
            assertThat(isListed(crashed)).as(at).isTrue();
            assertThat(JournalRig.recovered(crashed)).as(at).isEqualTo(before.committed);
        }
        System.out.println("full disks: " + unlisted + " of 39 opens could not list what they recovered");
        assertThat(unlisted).isGreaterThan(30);
    }

    /** Else it would have to be built anew, for which there is no room. */
    @Test
    void anIndexWrittenWhereNothingCouldBeListedIsKnownToTheNextOpen() throws IOException {
        int unlisted = 0;
        for (int entries = 1; entries < 40; entries++) {
            String at = entries + " entries";
            SimStorage disk = SimStorage.create(entries);
            disk.capacityBytes(120L * BLOCK);
            JournalRig before = JournalRig.open(disk, 1, options());
            fill(before, entries);
            second(before);
            second(before);
            SimStorage now = disk.crashClone(Power.KILL, entries);
            for (int opens = 0; opens < 3; opens++) {
                takeTheRest(now);
                JournalRig rig = new JournalRig(now, 5 + opens, options().build()).recover();
                long incarnation = rig.opening.incarnation();
                long covered = before.committed.get(before.committed.size() - 1).lsn();
                rig.opening.close();
                unlisted += isListed(now) ? 0 : 1;
                for (Power power : new Power[] {Power.KILL, Power.NOTHING}) {
                    SimStorage next = now.crashClone(power, entries);
                    makeRoom(next);
                    JournalRig again =
                            new JournalRig(next, 50 + opens, options().build()).recover();
                    assertThat(again.opening.knows(incarnation, covered))
                            .as("%s, %d opens, %s", at, opens, power)
                            .isTrue();
                    again.opening.close();
                }
                now = now.crashClone(Power.KILL, entries);
            }
        }
        assertThat(unlisted).isGreaterThan(60);
    }

    /** What a recovery has written again before it finds no room takes the room that is missing: by the reserve, or by others. */
    @Test
    void aRecoveryThatFindsNoRoomLeavesNothingBehind() throws IOException {
        List<Rec> issued = new ArrayList<>();
        SimStorage killed = killedWithRunsToCopy(issued);
        int refused = 0;
        int opened = 0;
        for (int blocks = 0; opened < 5; blocks++) {
            String at = blocks + " blocks of room";
            SimStorage disk = killed.crashClone(Power.KILL, blocks);
            disk.capacityBytes(disk.totalBytes() - disk.freeBytes() + (long) blocks * BLOCK);
            long free = disk.freeBytes();
            try {
                assertThat(JournalRig.recovered(disk)).as(at).isEqualTo(issued);
                opened++;
            } catch (NoSpaceException e) {
                refused++;
                assertThat(unlistedCopies(disk, killed)).as(at).isEmpty();
                assertThat(disk.freeBytes()).as(at).isEqualTo(free);
            }
        }
        System.out.println("full disks: " + refused + " recoveries of three copies found no room and left nothing");
        // A copy takes three blocks, and the manifest one or two.
        assertThat(refused).isGreaterThan(9);
    }

    /** A manifest that lists them may be in place already when the room ends. */
    @Test
    void whatARecoveryWroteAgainStaysWhereAManifestListsIt() throws IOException {
        List<Rec> issued = new ArrayList<>();
        SimStorage killed = killedWithRunsToCopy(issued);
        int refused = 0;
        int listed = 0;
        SimStorage counted = killed.crashClone(Power.KILL, 0);
        long before = counted.operations();
        JournalRig.recovered(counted);
        long operations = counted.operations() - before;
        for (long taken = 1; taken <= operations; taken++) {
            String at = "all taken before operation " + taken;
            SimStorage disk = killed.crashClone(Power.KILL, taken);
            makeRoom(disk);
            long from = disk.operations();
            long last = taken;
            disk.onOperation((number, op, path) -> {
                if (number - from == last) {
                    takeTheRest(disk);
                }
            });
            try {
                assertThat(JournalRig.recovered(disk)).as(at).isEqualTo(issued);
            } catch (NoSpaceException e) {
                refused++;
                assertThat(unlistedCopies(disk, killed)).as(at).isEmpty();
                listed += isListed(disk) ? 1 : 0;
            }
            disk.onOperation(null);
            makeRoom(disk);
            // Nothing was synced; a power loss may take it.
            List<Rec> left = JournalRig.recovered(disk.crashClone(Power.NOTHING, taken));
            assertThat(left).as(at).isEqualTo(issued.subList(0, left.size()));
            assertThat(JournalRig.recovered(disk)).as(at).isEqualTo(issued);
        }
        System.out.println("full disks: all room was taken before each of " + operations + " operations of a recovery, "
                + refused + " refused, " + listed + " with copies that one manifest lists");
        assertThat(refused).isGreaterThan(5);
        assertThat(listed).isPositive();
    }

    /** Frames that no watermark covers, in three runs: void ones between are not written again. */
    private static SimStorage killedWithRunsToCopy(List<Rec> issued) throws IOException {
        SimStorage disk = SimStorage.create(4);
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().deferred());
        rig.append(100);
        rig.commit();
        for (int run = 0; run < 3; run++) {
            rig.append(5000);
            rig.commit();
            Ticket ticket = new Ticket();
            rig.reserve(ticket, RecordFormat.HEADER_BYTES, 1);
            ticket.abandon();
            rig.commit();
        }
        issued.addAll(rig.issued);
        SimStorage after = disk.crash(Power.KILL);
        rig.forget();
        return after;
    }

    private static List<String> unlistedCopies(SimStorage disk, SimStorage before) throws IOException {
        List<String> files = new ArrayList<>(JournalRig.segmentFiles(disk));
        files.removeAll(JournalRig.segmentFiles(before));
        for (SegmentEntry entry : SegmentCatalog.load(disk, false).segments()) {
            files.remove(JournalRig.segmentFile(entry.id()));
        }
        return files;
    }

    /** Whether no segment is left to be read by the next open. */
    private static boolean isListed(SimStorage disk) throws IOException {
        return SegmentCatalog.load(disk, false).segments().stream()
                .noneMatch(entry -> entry.state() == SegmentEntry.State.OPEN);
    }

    @Test
    void removalsGetASegmentFromTheReserve() throws IOException {
        SimStorage disk = SimStorage.create(9);
        disk.capacityBytes(120L * BLOCK);
        JournalRig rig = JournalRig.open(disk, 1, options());
        fill(rig, ENTRIES);
        takeTheRest(disk);
        int removals = 0;
        while (removals < 1000 && remove(rig)) {
            removals++;
        }
        System.out.println("full disks: " + removals + " frames of removals on a full disk");
        // The rest of one segment, and at least one more from the reserve.
        assertThat(removals).isGreaterThan(14);
        assertThat(rig.journal.failure()).isNull();
        assertThat(rig.append(10)).isNull();
        makeRoom(disk);
        second(rig);
        assertThat(remove(rig)).isTrue();
        assertThat(rig.append(10)).isNotNull();
        rig.pump();
        assertThat(rig.journal.failure()).isNull();
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.committed);
    }

    /** A device that fails where the segment that is ready gets its blocks: a failure like any other, or segments go on to be sealed. */
    @Test
    void aSegmentThatCannotBeGivenItsBlocksIsToldOf() throws IOException {
        int failed = 0;
        for (StorageFault fault : new StorageFault[] {StorageFault.EIO_WRITE, StorageFault.EIO_SYNC_KEPT}) {
            SimStorage disk = SimStorage.create(3);
            makeRoom(disk);
            JournalRig rig = JournalRig.open(disk, 1, JournalRig.options());
            for (int i = 0; i < 5; i++) {
                rig.append(5000);
                rig.pump();
            }
            // Room gets short.
            disk.capacityBytes(disk.totalBytes() - disk.freeBytes() + 100L * BLOCK);
            disk.failAt(disk.operations() + 1, fault, false, path -> path.contains("segment-"));
            try {
                rig.journal.checkSpace(0);
            } catch (IOException e) {
                failed++;
            }
            disk.clearFaults();
            makeRoom(disk);
            rig.journal.wakeAll();
            for (int i = 0; i < 60 && rig.journal.failure() == null; i++) {
                rig.append(5000);
                rig.pump();
            }
            boolean goesOn = SegmentCatalog.load(disk, true).segments().stream()
                            .filter(entry -> entry.state() == SegmentEntry.State.OPEN)
                            .count()
                    <= 2;
            assertThat(rig.journal.failure() != null || goesOn).as("%s", fault).isTrue();
            assertThat(rig.failuresTold.size()).isEqualTo(rig.journal.failure() == null ? 0 : 1);
            rig.forget();
        }
        assertThat(failed).isEqualTo(2);
    }

    /** The index, or a table of ledgers, is given the reserve by another thread, just when a removal gets it as its segment. */
    @Test
    void aReserveThatBecomesASegmentIsNotSpentMeanwhile() throws IOException {
        SimStorage disk = SimStorage.create(9);
        disk.capacityBytes(120L * BLOCK);
        JournalRig[] rig = new JournalRig[1];
        List<Thread> spending = new ArrayList<>();
        boolean[] full = new boolean[1];
        Storage root = new ForwardingStorage(disk) {
            @Override
            public Storage directory(String name, boolean create) throws IOException {
                return new ForwardingStorage(disk.directory(name, create)) {
                    @Override
                    public StorageFile open(String file, Access access) throws IOException {
                        StorageFile opened = super.open(file, access);
                        if (full[0] && file.equals(SpaceReserve.NAME) && access == Access.WRITE) {
                            spending.add(spendBeside(rig[0].journal));
                        }
                        return opened;
                    }
                };
            }
        };
        rig[0] = JournalRig.open(root, 1, options());
        fill(rig[0], ENTRIES);
        takeTheRest(disk);
        full[0] = true;
        int removals = 0;
        while (removals < 1000 && remove(rig[0])) {
            removals++;
        }
        assertThat(spending).hasSize(1);
        assertThat(rig[0].journal.failure()).isNull();
        assertThat(removals).isGreaterThan(14);
        rig[0].close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig[0].committed);
    }

    /** Gives it time to do so; it may have to wait for who is here. */
    private static Thread spendBeside(Journal journal) {
        Thread thread = new Thread(() -> {
            try {
                journal.spendReserve();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(500);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return thread;
    }

    /** Somebody who looks for room on a full disk deletes files that hold nothing: what is kept for the next segments, and the reserve. */
    @Test
    void filesThatAreFreeMayBeDeletedByAnybody() throws IOException {
        SimStorage disk = SimStorage.create(9);
        makeRoom(disk);
        JournalRig rig = JournalRig.open(disk, 1, options());
        while (JournalRig.segmentFiles(disk).size() < 6) {
            rig.append(5000);
            rig.pump();
        }
        rig.pump();
        List<Long> dropped = rig.journal.reclaim().sealed().stream()
                .map(SegmentReclaim.Sealed::id)
                .limit(3)
                .toList();
        assertThat(rig.journal.reclaim().drop(dropped, rig.journal.completedLsn(), Map.of()))
                .isTrue();
        assertThat(deleteFree(disk)).isEqualTo(3);
        for (int i = 0; i < 30; i++) {
            rig.append(5000);
            rig.pump();
        }
        assertThat(rig.journal.failure()).isNull();
        disk.capacityBytes(disk.totalBytes() - disk.freeBytes() + 60L * BLOCK);
        second(rig);
        fill(rig, ENTRIES);
        takeTheRest(disk);
        assertThat(deleteFree(disk)).isEqualTo(1);
        takeTheRest(disk);
        int removals = 0;
        while (removals < 100 && remove(rig)) {
            removals++;
        }
        assertThat(removals).isLessThan(100);
        assertThat(rig.journal.failure()).isNull();
        makeRoom(disk);
        second(rig);
        assertThat(rig.append(5000)).isNotNull();
        rig.pump();
        rig.close();
        assertThat(rig.journal.failure()).isNull();
    }

    private static int deleteFree(SimStorage disk) throws IOException {
        int deleted = 0;
        for (String file : disk.files()) {
            if (file.startsWith(JournalRig.DIRECTORY + "/" + FreeFiles.PREFIX)) {
                disk.remove(file);
                deleted++;
            }
        }
        return deleted;
    }

    /** A delete in a frame of its own; false: it was refused. */
    private static boolean remove(JournalRig rig) {
        Ticket ticket = new Ticket();
        for (int tries = 0; tries < 100; tries++) {
            rig.journal.lock();
            Room room;
            try {
                room = rig.journal.reserve(ticket, RecordFormat.bytes(0), 1, true);
                if (room == Room.GRANTED) {
                    rig.journal.slot(ticket, 0, null, null, null);
                }
            } finally {
                rig.journal.unlock();
            }
            if (room == Room.GRANTED) {
                ticket.fill(RecordType.DELETE, 7, 0, null, 0, false);
                ticket.done();
                rig.pump();
                return true;
            }
            if (room == Room.DISK_FULL) {
                return false;
            }
            rig.pump();
        }
        throw new AssertionError("neither room nor a refusal");
    }
}
