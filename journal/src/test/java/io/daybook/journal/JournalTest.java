package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.journal.Journal.Room;
import io.daybook.journal.JournalRig.Rec;
import io.daybook.storage.CountingStorage;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFault;
import io.daybook.storage.StorageOp;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a journal that runs promises, step by step on one thread. */
class JournalTest {
    private static final int BLOCK = JournalRig.BLOCK;

    private final SimStorage disk = SimStorage.create(1);

    @Test
    void recordsAreToldInTheOrderOfTheirReservationAfterOneSync() throws IOException {
        CountingStorage counted = CountingStorage.over(disk);
        JournalRig rig = JournalRig.open(counted, 1);
        rig.append(1);
        rig.commit();
        long syncs = counted.count(StorageOp.SYNC);
        long writes = counted.count(StorageOp.WRITE);
        for (int i = 0; i < 50; i++) {
            rig.append(100);
        }
        assertThat(rig.committed).hasSize(1);
        assertThat(rig.journal.acceptedLsn()).isEqualTo(rig.issued.get(50).lsn());
        assertThat(rig.journal.durableLsn()).isEqualTo(rig.issued.get(0).lsn());

        assertThat(rig.journal.commitOnce()).isTrue();
        assertThat(counted.count(StorageOp.SYNC) - syncs).isEqualTo(1);
        assertThat(counted.count(StorageOp.WRITE) - writes).isEqualTo(1);
        assertThat(rig.committed).as("told by completeOnce only").hasSize(1);
        assertThat(rig.journal.durableLsn()).isEqualTo(rig.journal.acceptedLsn());

        assertThat(rig.journal.completeOnce()).isTrue();
        assertThat(rig.committed).isEqualTo(rig.issued);
        assertThat(rig.journal.completedLsn()).isEqualTo(rig.journal.acceptedLsn());
        assertThat(rig.journal.isDrained()).isTrue();
        assertThat(rig.journal.inFlightBytes()).isZero();
        assertThat(rig.journal.commitOnce()).isFalse();
        assertThat(rig.journal.completeOnce()).isFalse();
        for (Rec rec : rig.issued) {
            assertThat(rig.read(rec)).isEqualTo(rec.payload());
        }
        rig.close();
    }

    @Test
    void manyFramesOfAGroupShareOneSync() throws IOException {
        CountingStorage counted = CountingStorage.over(disk);
        JournalRig rig = JournalRig.open(counted, 1, JournalRig.options().segmentBlocks(64));
        rig.append(1);
        rig.commit();
        long syncs = counted.count(StorageOp.SYNC);
        for (int i = 0; i < 10; i++) {
            rig.append(12_000);
        }
        rig.commit();
        assertThat(counted.count(StorageOp.SYNC) - syncs).isEqualTo(1);
        assertThat(rig.told.stream().filter(line -> line.startsWith("committed")))
                .hasSize(11);
        assertThat(rig.committed).isEqualTo(rig.issued);
        rig.close();
    }

    @Test
    void theFirstLsnIsAStepBehindTheRecoveredOne() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        assertThat(rig.append(1).lsn()).isEqualTo(JournalOpening.LSN_STEP);
        rig.commit();
        rig.close();
        JournalRig again = JournalRig.open(disk, 2);
        // The seal of the close has an LSN too.
        assertThat(again.append(1).lsn()).isEqualTo(2 * JournalOpening.LSN_STEP + 1);
        again.close();
    }

    @Test
    void rollsIntoASegmentThatWasPreparedAheadWithoutWaiting() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(5000);
        rig.commit();
        while (JournalRig.segmentFiles(disk).size() < 2) {
            rig.append(5000);
            rig.pump();
        }
        assertThat(rig.journal.segments()).isEqualTo(2);
        long operations = disk.operations();
        disk.failAt(operations, StorageFault.TOO_MANY_FILES, true);
        List<Rec> more = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            more.add(rig.append(5000));
            rig.commit();
        }
        disk.clearFaults();
        assertThat(more).doesNotContainNull();
        assertThat(rig.places.get(more.get(7).lsn()).segmentId()).isEqualTo(2);
        rig.pump();
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued);
    }

    @Test
    void aSegmentIsListedAndSyncedBeforeItsFirstFrame() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        List<String> order = new ArrayList<>();
        disk.onOperation((number, op, path) -> {
            if (op.changes()) {
                order.add(op + " " + path.replace(".tmp", ""));
            }
        });
        rig.append(1);
        rig.commit();
        disk.onOperation(null);
        String segment = JournalRig.segmentFile(1);
        assertThat(order)
                .containsSubsequence(
                        "CREATE " + segment,
                        "WRITE " + segment,
                        "SYNC " + segment,
                        "SYNC_DIRECTORY journal",
                        "WRITE manifest-1",
                        "SYNC manifest-1",
                        "WRITE manifest-2",
                        "SYNC manifest-2",
                        "WRITE " + segment,
                        "SYNC " + segment);
        rig.close();
    }

    @Test
    void aFullSegmentIsSyncedBeforeTheNextGetsItsFirstFrameAlsoWithinOneGroup() throws IOException {
        for (boolean deferred : new boolean[] {false, true}) {
            SimStorage here = SimStorage.create(3);
            JournalRig.Options options = JournalRig.options();
            JournalRig rig = JournalRig.open(here, 1, deferred ? options.deferred() : options);
            while (JournalRig.segmentFiles(here).size() < 2) {
                rig.append(5000);
                rig.pump();
            }
            List<String> order = new ArrayList<>();
            here.onOperation((number, op, path) -> order.add(op + " " + path));
            for (int i = 0; i < 7; i++) {
                rig.append(5000);
            }
            rig.journal.commitOnce();
            here.onOperation(null);
            String second = "WRITE " + JournalRig.segmentFile(2);
            assertThat(order).contains(second);
            assertThat(order.get(order.indexOf(second) - 1)).isEqualTo("SYNC " + JournalRig.segmentFile(1));
            rig.commit();
            rig.close();
        }
    }

    /** What is not of these is the delay that the engine adds. */
    @Test
    void aFrameTellsItsSyncAndWhatWasLeftOfTheOneBefore() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(10);
        rig.now += 50;
        boolean[] once = {true};
        disk.onSync(path -> {
            rig.now += 400;
            if (once[0]) {
                once[0] = false;
                rig.append(10);
            }
            rig.now += 600;
        });
        rig.commit();
        disk.onSync(null);
        assertThat(rig.syncNanosTold).containsExactly(1000L, 1600L);
        rig.close();
    }

    /** Its footer says what it holds, and by that it is dropped. */
    @Test
    void aSegmentIsSealedOnlyWhenAllItsRecordsWereApplied() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        while (rig.journal.reclaim().sealed().isEmpty() && rig.issued.size() < 100) {
            rig.append(9000);
            boolean worked = true;
            while (worked) {
                worked = rig.journal.commitOnce();
                worked |= rig.housekeep();
            }
        }
        assertThat(rig.issued).as("segments were filled").hasSize(100);
        assertThat(rig.committed).isEmpty();
        assertThat(rig.journal.reclaim().sealed()).isEmpty();
        rig.pump();
        assertThat(rig.journal.reclaim().sealed()).isNotEmpty();
        rig.close();
    }

    @Test
    void atTheInFlightBoundReservationsWaitAndTheFirstAlwaysFits() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().inFlightBytesMax(1000));
        Ticket first = new Ticket();
        // Larger than the bound, but nothing else is in flight.
        assertThat(rig.reserve(first, 2000, 1)).isEqualTo(Room.GRANTED);
        assertThat(rig.journal.inFlightBytes()).isEqualTo(2000);
        rig.journal.lock();
        assertThat(rig.journal.reserve(new Ticket(), 100, 1, false)).isEqualTo(Room.BUSY);
        assertThat(rig.journal.reserve(new Ticket(), 100, 1, true)).isEqualTo(Room.BUSY);
        rig.journal.unlock();
        first.abandon();
        assertThat(rig.append(500)).isNotNull();
        assertThat(rig.append(500)).as("waited for the ones before").isNotNull();
        rig.commit();
        assertThat(rig.committed).isEqualTo(rig.issued).hasSize(2);
        assertThat(rig.journal.inFlightBytes()).isZero();
        rig.close();
    }

    @Test
    void aFrameHoldsWhatItMayAndNoByteMore() throws IOException {
        JournalRig rig =
                JournalRig.open(disk, 1, JournalRig.options().segmentBlocks(64).frameBytesMax(2 * BLOCK));
        int room = 2 * BLOCK - FrameFormat.HEADER_BYTES;
        rig.append(room - 100 - 2 * RecordFormat.HEADER_BYTES);
        rig.append(100);
        rig.append(0);
        rig.commit();
        assertThat(rig.told)
                .containsSubsequence(
                        "committed " + rig.issued.get(0).lsn() + "-"
                                + rig.issued.get(1).lsn(),
                        "committed " + rig.issued.get(2).lsn() + "-"
                                + rig.issued.get(2).lsn());
        assertThat(rig.journal.recordBytesMax()).isEqualTo(room);
        Rec largest = rig.append(room - RecordFormat.HEADER_BYTES);
        rig.commit();
        assertThat(rig.read(largest)).isEqualTo(largest.payload());
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued);
    }

    @Test
    void aRecordLargerThanAChunkGetsMemoryOfItsOwn() throws IOException {
        JournalRig rig =
                JournalRig.open(disk, 1, JournalRig.options().segmentBlocks(64).frameBytesMax(40 * BLOCK));
        rig.append(10);
        Rec large = rig.append(100_000);
        rig.append(10);
        rig.commit();
        assertThat(rig.committed).isEqualTo(rig.issued);
        assertThat(rig.read(large)).isEqualTo(large.payload());
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued);
    }

    @Test
    void anAbandonedReservationBecomesVoidRecordsAndTheFrameGoesOn() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(10);
        Ticket ticket = new Ticket();
        assertThat(rig.reserve(ticket, 3 * RecordFormat.HEADER_BYTES + 500, 3)).isEqualTo(Room.GRANTED);
        long lsn = ticket.lsn();
        ticket.fill(RecordType.ENTRY, 7, 1000, JournalRig.payload(1, 200), true);
        ticket.abandon();
        Rec after = rig.append(10);
        assertThat(after.lsn()).isEqualTo(lsn + 3);
        rig.commit();
        assertThat(rig.told).hasSize(2);
        assertThat(rig.committed).isEqualTo(rig.issued);
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued);
    }

    @Test
    void anAbandonedReservationMayBeLongerThanTheLongestPayload() throws IOException {
        int large = 9 << 20;
        JournalRig rig = JournalRig.open(
                disk,
                1,
                JournalRig.options().segmentBlocks(8192).frameBytesMax(24 << 20).inFlightBytesMax(64 << 20));
        Ticket ticket = new Ticket();
        assertThat(rig.reserve(ticket, 2 * RecordFormat.bytes(large), 2)).isEqualTo(Room.GRANTED);
        ticket.abandon();
        rig.append(10);
        rig.commit();
        assertThat(rig.committed).isEqualTo(rig.issued);
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued).hasSize(1);
    }

    @Test
    void deferredRecordsAreToldWhenWrittenAndDurableWhenAsked() throws IOException {
        CountingStorage counted = CountingStorage.over(disk);
        JournalRig rig = JournalRig.open(counted, 1, JournalRig.options().deferred());
        rig.append(100);
        rig.commit();
        long syncs = counted.count(StorageOp.SYNC);
        Rec rec = rig.append(100);
        rig.commit();
        assertThat(rig.committed).isEqualTo(rig.issued);
        assertThat(counted.count(StorageOp.SYNC)).isEqualTo(syncs);
        assertThat(rig.journal.durableLsn()).isLessThan(rec.lsn());
        rig.journal.requestSync(rec.lsn());
        rig.commit();
        assertThat(rig.journal.durableLsn()).isEqualTo(rec.lsn());
        assertThat(rig.durableTold).last().isEqualTo(rec.lsn());
        assertThat(counted.count(StorageOp.SYNC)).isEqualTo(syncs + 1);
        assertThat(JournalRig.recovered(disk.crash(Power.NOTHING))).isEqualTo(rig.issued);
        rig.forget();
    }

    @Test
    void aDeferredJournalSyncsByItselfAfterItsTime() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().deferred());
        rig.append(100);
        rig.commit();
        assertThat(rig.journal.durableLsn()).isZero();
        assertThat(rig.journal.commitSleepNanos()).isEqualTo(1_000_000_000);
        rig.now += 999_999_999;
        rig.commit();
        assertThat(rig.journal.durableLsn()).isZero();
        rig.now += 1;
        rig.commit();
        assertThat(rig.journal.durableLsn()).isEqualTo(rig.issued.get(0).lsn());
        assertThat(rig.journal.commitSleepNanos()).isEqualTo(Long.MAX_VALUE);
        rig.close();
    }

    @Test
    void aDeferredJournalSyncsByItselfAfterItsBytes() throws IOException {
        JournalRig rig =
                JournalRig.open(disk, 1, JournalRig.options().deferred().deferredSyncBytes(3 * BLOCK));
        for (int i = 0; i < 2; i++) {
            rig.append(100);
            rig.commit();
            assertThat(rig.journal.durableLsn()).isZero();
        }
        Rec third = rig.append(100);
        rig.commit();
        assertThat(rig.journal.durableLsn()).isEqualTo(third.lsn());
        rig.close();
    }

    @Test
    void theWatermarkIsWhatWasDurableWhenTheFrameWasClosed() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(10);
        rig.append(5000);
        rig.append(12_000);
        rig.commit();
        Rec last = rig.append(10);
        rig.commit();
        List<Long> watermarks = new ArrayList<>();
        byte[] bytes = disk.content(JournalRig.segmentFile(1));
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = BLOCK; at < bytes.length && file.getInt(at) == FrameFormat.MAGIC; ) {
            watermarks.add(file.getLong(at + FrameFormat.WATERMARK_OFFSET));
            at += (int) FrameFormat.padded(file.getInt(at + FrameFormat.BYTES_OFFSET), BLOCK);
        }
        assertThat(watermarks).containsExactly(0L, 0L, last.lsn() - 1);
        assertThat(rig.journal.coveredLsn()).isEqualTo(last.lsn() - 1);
        rig.close();
    }

    @Test
    void theDurablePositionNeverRunsAheadOfTheSync() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(10);
        rig.commit();
        long before = rig.journal.durableLsn();
        rig.append(10);
        List<Long> seen = new ArrayList<>();
        disk.onOperation((number, op, path) -> seen.add(rig.journal.durableLsn()));
        rig.journal.commitOnce();
        disk.onOperation(null);
        assertThat(seen).hasSizeGreaterThanOrEqualTo(2).containsOnly(before);
        rig.commit();
        rig.close();
    }

    @Test
    void nothingIsToldWhileItsSyncIsUnderWay() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(10);
        rig.commit();
        rig.append(20);
        List<Integer> told = new ArrayList<>();
        disk.onOperation((number, op, path) -> {
            // As the completion thread does, beside the commit.
            while (rig.journal.completeOnce()) {
                // All there is.
            }
            told.add(rig.committed.size());
        });
        rig.journal.commitOnce();
        disk.onOperation(null);
        assertThat(told)
                .as("at least at a write and a sync")
                .hasSizeGreaterThanOrEqualTo(2)
                .containsOnly(1);
        rig.commit();
        assertThat(rig.committed).isEqualTo(rig.issued);
        rig.close();
    }

    @Test
    void whatIsReservedDuringASyncIsNotAcknowledgedByIt() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(10);
        rig.commit();
        Rec first = rig.append(10);
        disk.onOperation((number, op, path) -> {
            if (op == StorageOp.SYNC) {
                disk.onOperation(null);
                rig.append(20);
            }
        });
        rig.journal.commitOnce();
        assertThat(rig.journal.durableLsn()).isEqualTo(first.lsn());
        rig.journal.completeOnce();
        assertThat(rig.committed).last().isEqualTo(first);
        rig.commit();
        assertThat(rig.committed).isEqualTo(rig.issued);
        rig.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"EIO_WRITE", "NO_SPACE_WRITE", "EIO_SYNC_KEPT", "EIO_SYNC_REVERTED", "NO_SPACE_SYNC"})
    void theFirstFailureOfAWriteOrSyncIsFinal(StorageFault fault) throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(10);
        rig.commit();
        for (int i = 0; i < 5; i++) {
            rig.append(5000);
        }
        long durable = rig.journal.durableLsn();
        disk.failAt(disk.operations(), fault, false);
        rig.commit();
        assertThat(disk.faultsFired()).isEqualTo(1);

        assertThat(rig.journal.failure()).isNotNull();
        assertThat(rig.failuresTold).containsExactly(rig.journal.failure());
        assertThat(rig.committed).isEqualTo(rig.issued.subList(0, 1));
        assertThat(rig.failed).as("once each, in order").isEqualTo(rig.issued.subList(1, 6));
        assertThat(rig.journal.durableLsn()).isEqualTo(durable);
        assertThat(rig.durableTold).last().isEqualTo(-1L);
        assertThat(rig.append(10)).isNull();
        assertThat(rig.lastRoom).isEqualTo(Room.FAILED);

        long operations = disk.operations();
        rig.journal.requestSync(Long.MAX_VALUE);
        rig.now += 10_000_000_000L;
        rig.commit();
        assertThat(rig.journal.cover(rig.journal.acceptedLsn())).isFalse();
        assertThat(disk.operations()).as("nothing is written or synced again").isEqualTo(operations);
        rig.close();
        assertThat(disk.operations()).as("nor at close").isEqualTo(operations);
        assertThat(rig.journal.isDrained()).isTrue();
        assertThat(disk.openFiles()).isEmpty();
        assertThat(JournalRig.recovered(disk)).startsWith(rig.issued.get(0));
    }

    @Test
    void whatWaitsInOtherFramesFailsBehindTheGroupThatFailed() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(10);
        rig.commit();
        rig.append(20);
        disk.onOperation((number, op, path) -> {
            if (op == StorageOp.SYNC) {
                disk.onOperation(null);
                rig.append(30);
                rig.append(5000);
                throw new IOException("sync fails here");
            }
        });
        rig.commit();
        assertThat(rig.failed).isEqualTo(rig.issued.subList(1, 4));
        assertThat(rig.journal.failure()).hasMessage("sync fails here");
        rig.close();
    }

    @Test
    void afterAFailureElsewhereNothingIsAcknowledgedAndTheOrderIsKept() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(10);
        rig.commit();
        rig.append(20);
        IOException elsewhere = new IOException("the index failed");
        disk.onOperation((number, op, path) -> {
            if (op == StorageOp.SYNC) {
                disk.onOperation(null);
                rig.append(30);
                // As another thread would, while this one is inside its sync.
                rig.journal.fail(elsewhere);
            }
        });
        rig.commit();
        assertThat(rig.committed).isEqualTo(rig.issued.subList(0, 1));
        assertThat(rig.failed).isEqualTo(rig.issued.subList(1, 3));
        assertThat(rig.failuresTold).containsExactly(elsewhere);
        rig.journal.fail(new IOException("second"));
        rig.commit();
        assertThat(rig.journal.failure()).isSameAs(elsewhere);
        assertThat(rig.journal.completedLsn()).isEqualTo(rig.journal.acceptedLsn());
        rig.close();
    }

    @Test
    void aShortWriteIsGoneOnWith() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        disk.failAt(1, StorageFault.SHORT_WRITE, true);
        rig.appendAcknowledged(5, 3000);
        disk.clearFaults();
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued).hasSize(5);
    }

    @Test
    void aFullDiskRefusesAppendsUntilThereIsRoomAgain() throws IOException {
        disk.capacityBytes(60L * BLOCK);
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().reserveBytes(4L * BLOCK));
        List<Rec> appended = new ArrayList<>();
        Rec rec = rig.append(5000);
        for (int i = 0; i < 100 && rec != null; i++) {
            appended.add(rec);
            rig.pump();
            rec = rig.append(5000);
        }
        assertThat(rig.journal.failure()).isNull();
        assertThat(rig.lastRoom).isEqualTo(Room.DISK_FULL);
        assertThat(rig.journal.isDiskFull()).isTrue();
        assertThat(rig.diskFullTold).last().isEqualTo(true);
        assertThat(rig.journal.failure()).isNull();
        assertThat(rig.committed).isEqualTo(appended);

        assertThat(rig.append(10)).as("though there is room for it").isNull();
        assertThat(rig.lastRoom).isEqualTo(Room.DISK_FULL);

        Ticket privileged = new Ticket();
        rig.journal.lock();
        Room room = rig.journal.reserve(privileged, RecordFormat.bytes(0), 1, true);
        if (room == Room.GRANTED) {
            rig.journal.slot(privileged, 0, null, null, null);
        }
        rig.journal.unlock();
        assertThat(room).as("a delete may use what is already allocated").isEqualTo(Room.GRANTED);
        privileged.fill(RecordType.DELETE, 7, 0, null, 0, false);
        privileged.done();

        disk.capacityBytes(4000L * BLOCK);
        assertThat(rig.journal.checkSpace(0)).isTrue();
        assertThat(rig.diskFullTold).last().isEqualTo(false);
        rec = rig.append(5000);
        assertThat(rec).isNotNull();
        rig.pump();
        assertThat(rig.committed).last().isEqualTo(rec);
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.committed);
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_SPACE_CREATE", "NO_SPACE_WRITE", "NO_SPACE_SYNC"})
    void noSpaceWhileASegmentIsPreparedIsNotFinal(StorageFault fault) throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        disk.failAt(1, fault, true, path -> path.startsWith(JournalRig.DIRECTORY));
        assertThat(rig.append(10)).isNull();
        assertThat(rig.lastRoom).isEqualTo(Room.DISK_FULL);
        assertThat(rig.journal.failure()).isNull();
        assertThat(JournalRig.segmentFiles(disk)).as("nothing is left behind").isEmpty();
        disk.clearFaults();
        rig.journal.checkSpace(0);
        assertThat(rig.append(10)).isNotNull();
        rig.pump();
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued).hasSize(1);
    }

    @Test
    void anIdleJournalIsSealedOnceAndThenLeftAlone() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().idleSealNanos(100));
        rig.now = 1_000;
        rig.pump();
        assertThat(disk.files()).noneMatch(name -> name.contains("segment"));
        Rec rec = rig.append(10);
        rig.pump();
        assertThat(rig.journal.coveredLsn()).isLessThan(rec.lsn());
        rig.now += 99;
        rig.pump();
        assertThat(rig.journal.coveredLsn()).isLessThan(rec.lsn());
        rig.now += 1;
        rig.pump();
        assertThat(rig.journal.coveredLsn()).isEqualTo(rec.lsn());
        long operations = disk.operations();
        for (int i = 0; i < 5; i++) {
            rig.now += 1_000;
            rig.pump();
        }
        assertThat(disk.operations()).isEqualTo(operations);
        rig.close();
    }

    @Test
    void aClosedJournalHasASealAndFootersThatTellItsLedgers() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        while (JournalRig.segmentFiles(disk).size() < 3) {
            rig.append(3000);
            rig.pump();
        }
        rig.close();
        assertThat(rig.journal.coveredLsn()).isEqualTo(Long.MAX_VALUE);
        assertThat(disk.openFiles()).isEmpty();
        SegmentCatalog catalog = SegmentCatalog.load(disk, true);
        assertThat(catalog.segments()).hasSizeGreaterThanOrEqualTo(2);
        for (SegmentEntry entry : catalog.segments()) {
            assertThat(entry.state()).isEqualTo(SegmentEntry.State.SEALED);
            byte[] file = disk.content(JournalRig.segmentFile(entry.id()));
            assertThat(file).hasSize((int) (entry.validEnd() + entry.footerBytes()));
            ByteBuffer footer = ByteBuffer.wrap(file, (int) entry.validEnd(), SegmentFooter.bytes(1))
                    .slice();
            assertThat(SegmentFooter.decode(footer, entry.nonce(), entry.validEnd())
                            .rows())
                    .containsExactly(new SegmentFooter.Row(7, entry.id(), 0, 1, 2, 3, true, false));
        }
        assertThat(catalog.lastLsn()).isEqualTo(rig.journal.acceptedLsn());
        JournalOpening opening = new JournalRig(disk, 3, rig.options).recover().opening;
        assertThat(opening.copiedFromLsn()).isEqualTo(Long.MAX_VALUE);
        assertThat(opening.lastLsn()).isEqualTo(rig.journal.acceptedLsn());
        assertThat(opening.tornBytes()).isZero();
        opening.close();
    }

    @Test
    void openingACleanJournalChangesNothing() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(20, 3000);
        rig.close();
        List<StorageOp> changes = new ArrayList<>();
        disk.onOperation((number, op, path) -> {
            if (op.changes() && op != StorageOp.MAKE_DIRECTORY && op != StorageOp.SYNC_DIRECTORY) {
                changes.add(op);
            }
        });
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued);
        assertThat(JournalRig.readOnly(disk)).isEqualTo(rig.issued);
        assertThat(changes).isEmpty();
    }

    @Test
    void aReaderBesideTheWriterSeesWhatNoCrashTakesBack() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(12, 5000);
        List<Rec> seen = JournalRig.readOnly(disk);
        assertThat(seen).isEqualTo(rig.issued.subList(0, 11));
        assertThat(rig.journal.cover(rig.journal.acceptedLsn())).isTrue();
        rig.commit();
        assertThat(JournalRig.readOnly(disk)).isEqualTo(rig.issued);
        rig.close();
    }

    @Test
    void aReadFindsExactlyTheRecordThatWasAskedFor() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        Rec rec = rig.append(300);
        rig.append(300);
        rig.commit();
        JournalRig.Place place = rig.places.get(rec.lsn());
        assertThat(rig.read(rec)).isEqualTo(rec.payload());
        assertRefused(rig, place.segmentId(), place.offset(), 300, 7, rec.entryId() + 1, "not of ledger");
        assertRefused(rig, place.segmentId(), place.offset(), 300, 8, rec.entryId(), "not of ledger");
        assertRefused(rig, place.segmentId(), place.offset(), 299, 7, rec.entryId(), "crc mismatch");
        assertRefused(rig, place.segmentId(), place.offset() + 1, 300, 7, rec.entryId(), "crc mismatch");
        assertRefused(rig, place.segmentId(), 1L << 40, 300, 7, rec.entryId(), "end of the file");
        assertRefused(rig, 99, place.offset(), 300, 7, rec.entryId(), "not listed");
        disk.corrupt(JournalRig.segmentFile(1), place.offset() + 100, 4);
        assertRefused(rig, place.segmentId(), place.offset(), 300, 7, rec.entryId(), "crc mismatch");
        rig.close();
    }

    private static void assertRefused(
            JournalRig rig, long segment, long offset, int bytes, long ledger, long entry, String why) {
        assertThatThrownBy(() -> rig.journal.readRecord(
                        segment, offset, bytes, ledger, entry, Unpooled.buffer(RecordFormat.bytes(bytes))))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining(why)
                .satisfies(e -> {
                    assertThat(((JournalException) e).segmentId()).isEqualTo(segment);
                    assertThat(((JournalException) e).offset()).isIn(offset, 0L);
                });
    }

    @Test
    void aSinkThatThrowsFailsTheJournalAndTheOthersAreStillTold() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().segmentBlocks(64));
        rig.append(10);
        rig.commit();
        rig.append(12_000);
        rig.append(12_000);
        rig.append(12_000);
        rig.journal.commitOnce();
        rig.onCommitted = () -> {
            rig.onCommitted = () -> {};
            throw new IllegalStateException("user code");
        };
        // The owner's thread hands what is thrown back to the journal.
        assertThatThrownBy(rig.journal::completeOnce).hasMessage("user code");
        rig.journal.fail(new IllegalStateException("user code"));
        rig.commit();
        assertThat(rig.told.stream().filter(line -> !line.startsWith("advanced")))
                .as("each frame is told, even after the one that threw")
                .hasSize(4);
        assertThat(rig.journal.isDrained()).isTrue();
        rig.close();
    }

    @Test
    void aChunkOfALongFrameIsNotWrittenByAnotherSegment() throws IOException {
        // The same memory serves both segments one after the other; what is on disk must be each one's own.
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().tailCacheBytes(BLOCK));
        for (int i = 0; i < 60; i++) {
            rig.append(100 + 97 * i);
            rig.pump();
        }
        for (Rec rec : rig.issued) {
            assertThat(rig.read(rec)).isEqualTo(rec.payload());
        }
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued);
    }

    @Test
    void afterTheCloseThereIsNothingToRead() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        Rec rec = rig.append(10);
        rig.commit();
        JournalRig.Place place = rig.places.get(rec.lsn());
        rig.close();
        assertThat(rig.journal.tail(place.segmentId(), place.offset(), 10)).isNull();
        assertThatThrownBy(() -> rig.journal.readRecord(1, place.offset(), 10, 7, 0, Unpooled.buffer(64)))
                .isInstanceOf(IOException.class);
    }
}
