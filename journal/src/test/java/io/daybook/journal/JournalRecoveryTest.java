package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.journal.JournalRig.Rec;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFault;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a journal finds after an end that was none in order, and what it refuses. */
class JournalRecoveryTest {
    private static final int BLOCK = JournalRig.BLOCK;

    private final SimStorage disk = SimStorage.create(1);

    /** A journal with segments that are sealed, one that is full, one that is written; then its process is killed. */
    private SimStorage killed(List<Rec> issued) throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        while (JournalRig.segmentFiles(disk).size() < 3) {
            rig.append(5000);
            rig.pump();
        }
        // From here on no housekeeping: the roll leaves a full segment that is not sealed.
        for (int i = 0; i < 9; i++) {
            rig.append(5000);
            rig.commit();
        }
        assertThat(rig.committed).isEqualTo(rig.issued);
        issued.addAll(rig.issued);
        SimStorage after = disk.crash(Power.KILL);
        rig.forget();
        return after;
    }

    @ParameterizedTest
    @EnumSource(Power.class)
    void aRollWhoseSealIsMissingIsNoDamage(Power power) throws IOException {
        List<Rec> issued = new ArrayList<>();
        SimStorage after = killed(issued);
        List<SegmentEntry> listed = SegmentCatalog.load(after, true).segments();
        assertThat(listed.stream().filter(entry -> entry.state() == SegmentEntry.State.OPEN))
                .hasSize(2);
        assertThat(JournalRig.readOnly(after)).isEqualTo(issued.subList(0, issued.size() - 1));
        assertThat(JournalRig.recovered(after.crash(power))).isEqualTo(issued);
    }

    /** A writer that commits again and again while a reader looks for the end: what comes behind it proves no damage. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8})
    void aReaderBesideABusyWriterMeetsNoDamage(int every) throws IOException {
        JournalRig writer = JournalRig.open(disk, 1, JournalRig.options().segmentBlocks(1024));
        for (int i = 0; i < 20; i++) {
            writer.append(100);
            writer.pump();
        }
        int before = writer.committed.size();
        int[] operations = new int[1];
        boolean[] writing = new boolean[1];
        disk.onOperation((number, op, path) -> {
            if (!writing[0] && ++operations[0] % every == 0) {
                writing[0] = true;
                for (int i = 0; i < 3; i++) {
                    writer.append(100);
                    writer.pump();
                }
                writing[0] = false;
            }
        });
        List<Rec> seen = JournalRig.readOnly(disk);
        disk.onOperation(null);
        assertThat(writer.committed.size()).isGreaterThan(before);
        // But the last one, whose watermark is behind it.
        assertThat(seen.size()).isGreaterThanOrEqualTo(before - 1);
        assertThat(seen).isEqualTo(writer.committed.subList(0, seen.size()));
        writer.close();
    }

    /** Both copies of the manifest went back to an older state, and the header of a newer segment is damaged too. */
    @Test
    void aSegmentThatIsNotListedAndHasNoHeaderIsNotDeletedWithWhatItHolds() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        byte[][] manifests = new byte[Manifest.NAMES.length][];
        for (int i = 0; i < manifests.length; i++) {
            manifests[i] = disk.content(Manifest.NAMES[i]);
        }
        rig.append(100);
        rig.pump();
        List<String> files = JournalRig.segmentFiles(disk);
        SimStorage after = disk.crash(Power.KILL);
        rig.forget();
        for (int i = 0; i < manifests.length; i++) {
            after.put(Manifest.NAMES[i], manifests[i]);
        }
        SegmentCatalog older = SegmentCatalog.load(after, true);
        List<String> newer = files.stream()
                .filter(file -> older.segment(SegmentFormat.idOf(file.substring(file.lastIndexOf('/') + 1))
                                .getAsLong())
                        == null)
                .toList();
        assertThat(newer).isNotEmpty();
        String first = newer.get(0);
        after.corrupt(first, SegmentFormat.NONCE_OFFSET, 1);
        assertThatThrownBy(() -> JournalRig.recovered(after))
                .isInstanceOf(JournalException.class)
                .hasMessageContainingAll("has a damaged header and a frame at " + BLOCK, first);
        assertThat(damages(after))
                .as("a check says what refuses an open")
                .singleElement()
                .asString()
                .contains(first, "has a damaged header and a frame at " + BLOCK);
        // An empty one is what a preparation leaves that a crash has cut short.
        after.put(first, new byte[16 * BLOCK]);
        assertThat(damages(after)).isEmpty();
        assertThat(JournalRig.recovered(after)).isEmpty();
    }

    private static List<String> damages(SimStorage disk) throws IOException {
        List<String> damages = new ArrayList<>();
        JournalTools.check(
                disk,
                disk.directory(JournalRig.DIRECTORY, false),
                (where, segmentId, offset, end, what) -> damages.add(what + " in " + where + " at " + offset),
                (done, total) -> {});
        return damages;
    }

    /** An index may name the original, if a disk lost what it had called durable: this open, and all later ones, must not use it. */
    @Test
    void whatWasWrittenAgainIsNotWhereOlderIndexesSay() throws IOException {
        List<Rec> issued = new ArrayList<>();
        SimStorage now = killed(issued);
        long before = SegmentCatalog.load(now, true).incarnation().number();
        long copied = issued.get(issued.size() - 1).lsn();
        for (int opens = 0; opens < 3; opens++) {
            JournalRig rig = new JournalRig(now, 5 + opens, JournalRig.options().build()).recover();
            assertThat(rig.opening.copiedFromLsn()).isEqualTo(opens == 0 ? copied : Long.MAX_VALUE);
            assertThat(rig.opening.knows(before, copied - 1)).isTrue();
            assertThat(rig.opening.knows(before, copied))
                    .as("%d opens later", opens)
                    .isFalse();
            assertThat(rig.opening.knows(rig.opening.incarnation(), copied)).isTrue();
            try (JournalSalvage salvage = JournalSalvage.open(now, now.directory(JournalRig.DIRECTORY, false))) {
                assertThat(salvage.knows(before, copied - 1)).isTrue();
                assertThat(salvage.knows(before, copied)).isFalse();
            }
            rig.opening.close();
            now = now.crash(Power.KILL);
        }
    }

    /**
     * A recovery that ends anywhere may leave a manifest that the device does not have: the next one must not show a copy from it
     * before the device has it.
     */
    @ParameterizedTest
    @EnumSource(
            value = StorageFault.class,
            names = {"STOP", "EIO_SYNC_DIRECTORY", "EIO_SYNC_KEPT", "EIO_WRITE", "NO_SPACE_WRITE", "NO_SPACE_CREATE"})
    void whatTheOpenBehindABrokenOneShowsIsOnTheDevice(StorageFault fault) throws IOException {
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().deferred());
        rig.append(100);
        rig.commit();
        rig.journal.requestSync(rig.journal.acceptedLsn());
        rig.commit();
        for (int i = 0; i < 3; i++) {
            rig.append(100);
            rig.commit();
        }
        SimStorage killed = disk.crash(Power.KILL);
        rig.forget();
        boolean fired = true;
        for (long operation = 1; fired; operation++) {
            SimStorage one = killed.crashClone(Power.KILL, operation);
            one.failAt(operation, fault, false);
            try {
                JournalRig.recovered(one);
            } catch (IOException e) {
                assertThat(one.lastFaultAt()).isPositive();
            }
            fired = one.lastFaultAt() > 0;
            if (one.isStopped()) {
                one = one.crash(Power.KILL);
            }
            one.clearFaults();
            List<Rec> read = JournalRig.readOnly(one);
            for (Power power : Power.values()) {
                assertThat(JournalRig.recovered(one.crashClone(power, operation)))
                        .as("%s behind what a reader saw behind %s at operation %d", power, fault, operation)
                        .startsWith(read.toArray(Rec[]::new));
            }
            List<Rec> shown = JournalRig.recovered(one);
            assertThat(shown).isEqualTo(rig.issued);
            for (Power power : Power.values()) {
                assertThat(JournalRig.recovered(one.crashClone(power, operation)))
                        .as("%s behind %s at operation %d", power, fault, operation)
                        .isEqualTo(shown);
                for (String name : Manifest.NAMES) {
                    SimStorage unread = one.crashClone(power, operation);
                    unread.failAt(unread.operations() + 1, StorageFault.EIO_READ, true, name::equals);
                    assertShownOrNotRead(unread, shown);
                }
            }
        }
    }

    /** An open that cannot read a copy of the manifest goes well or fails as a read does; the next one, which can, finds all. */
    private static void assertShownOrNotRead(SimStorage unread, List<Rec> shown) throws IOException {
        try {
            assertThat(JournalRig.recovered(unread)).isEqualTo(shown);
        } catch (JournalException e) {
            throw e;
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("Input/output error");
        }
        unread.clearFaults();
        assertThat(JournalRig.recovered(unread)).isEqualTo(shown);
    }

    @Test
    void framesWithoutWatermarkAreCopiedAndTheirOriginalsStayAsTheyAre() throws IOException {
        List<Rec> issued = new ArrayList<>();
        SimStorage after = killed(issued);
        TreeMap<String, byte[]> before = contents(after);
        JournalOpening opening = new JournalRig(after, 5, JournalRig.options().build()).recover().opening;
        opening.close();
        Rec last = issued.get(issued.size() - 1);
        assertThat(opening.copiedFromLsn()).isEqualTo(last.lsn());
        assertThat(opening.lastLsn()).isEqualTo(last.lsn());
        TreeMap<String, byte[]> now = contents(after);
        for (String file : before.keySet()) {
            if (file.startsWith(JournalRig.DIRECTORY)) {
                assertThat(now.get(file)).as(file).isEqualTo(before.get(file));
            }
        }
        assertThat(now).hasSize(before.size() + 1);
        List<SegmentEntry> segments = SegmentCatalog.load(after, true).segments();
        assertThat(segments).allMatch(entry -> entry.state() == SegmentEntry.State.SEALED);
        SegmentEntry copy = segments.get(segments.size() - 1);
        assertThat(copy.kind()).isEqualTo(SegmentEntry.Kind.COPIED);
        assertThat(copy.firstLsn()).isEqualTo(last.lsn());
        assertThat(copy.lastLsn()).isEqualTo(last.lsn());
        // Even if the machine dies now: all of it is on the device, the copy too.
        assertThat(JournalRig.recovered(after.crash(Power.NOTHING))).isEqualTo(issued);
    }

    private static TreeMap<String, byte[]> contents(SimStorage disk) throws IOException {
        TreeMap<String, byte[]> contents = new TreeMap<>();
        for (String file : disk.files()) {
            contents.put(file, disk.content(file));
        }
        return contents;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCrashAtAnyOperationOfTheRecoveryChangesNoAnswer(boolean deferred) throws IOException {
        JournalRig.Options options = JournalRig.options();
        JournalRig rig = JournalRig.open(disk, 1, deferred ? options.deferred() : options);
        while (JournalRig.segmentFiles(disk).size() < 2) {
            rig.append(5000);
            rig.pump();
        }
        for (int i = 0; i < 9; i++) {
            rig.append(5000);
            rig.commit();
        }
        List<Rec> issued = List.copyOf(rig.issued);
        int durable = (int) issued.stream()
                .filter(rec -> rec.lsn() <= rig.journal.durableLsn())
                .count();
        for (Power first : List.of(Power.KILL, Power.ALL, Power.PREFIX, Power.TORN)) {
            SimStorage after = disk.crashClone(first, 7);
            int whole = JournalRig.recovered(after.crashClone(Power.KILL, 1)).size();
            assertThat(whole).isBetween(durable, issued.size());
            for (int operation = 1; ; operation++) {
                SimStorage cut = after.crashClone(Power.KILL, operation);
                cut.failAt(operation, StorageFault.STOP, false);
                try {
                    JournalRig.recovered(cut);
                } catch (SimStorage.StoppedException e) {
                    // As it should.
                }
                if (!cut.isStopped()) {
                    assertThat(operation).isGreaterThan(20);
                    break;
                }
                for (Power second : Power.values()) {
                    SimStorage again = cut.crashClone(second, operation);
                    List<Rec> recovered = JournalRig.recovered(again);
                    String what = first + ", operation " + operation + ", " + second;
                    // After a kill the page cache holds more than the device: a power loss may still take that.
                    int least = first == Power.KILL && second != Power.KILL ? durable : whole;
                    assertThat(recovered.size()).as(what).isBetween(least, whole);
                    assertThat(recovered.equals(issued.subList(0, recovered.size())))
                            .as(what)
                            .isTrue();
                    assertThat(JournalRig.recovered(again).equals(recovered))
                            .as(what)
                            .isTrue();
                }
            }
        }
        rig.forget();
    }

    @Test
    void aTornTailWithAnIntactFrameBehindNeverComesBack() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(3, 3000);
        // Three frames under way, of one size; the first of them does not get to the disk.
        List<Rec> kept = List.copyOf(rig.issued);
        int tornAt = BLOCK + 3 * BLOCK;
        disk.failAt(disk.operations(), StorageFault.EIO_SYNC_KEPT, false, path -> path.startsWith("journal"));
        for (int i = 0; i < 3; i++) {
            rig.append(12_000);
        }
        rig.journal.commitOnce();
        SimStorage after = disk.crash(Power.KILL);
        rig.forget();
        for (int i = 0; i < BLOCK; i += 8) {
            after.corrupt(JournalRig.segmentFile(1), tornAt + i, 0x5A);
        }
        ByteBuffer file =
                ByteBuffer.wrap(after.content(JournalRig.segmentFile(1))).order(ByteOrder.LITTLE_ENDIAN);
        SegmentEntry first = SegmentCatalog.load(after, true).segment(1);
        for (int intact : new int[] {tornAt + 3 * BLOCK, tornAt + 6 * BLOCK}) {
            assertThat(FrameFormat.fault(file, intact, new RecordChecksum(), first.nonce(), 1, intact))
                    .isNull();
        }
        List<Rec> expected = new ArrayList<>(kept);
        for (int life = 0; life < 4; life++) {
            JournalRig next = JournalRig.open(after, 10 + life);
            assertThat(next.recovered).as("life %s", life).isEqualTo(expected);
            next.nextEntry = 1000L * (life + 1);
            next.append(12_000);
            next.commit();
            assertThat(next.committed).isEqualTo(next.issued);
            expected.addAll(next.issued);
            after = after.crash(Power.NOTHING);
            next.forget();
        }
    }

    @Test
    void anLsnThatWasSeenIsNeverGivenAgain() throws IOException {
        SimStorage now = disk;
        long last = 0;
        for (int life = 0; life < 6; life++) {
            JournalRig rig = JournalRig.open(now, life);
            for (Rec rec : rig.recovered) {
                last = Math.max(last, rec.lsn());
            }
            Rec rec = rig.append(10);
            assertThat(rec.lsn()).isGreaterThanOrEqualTo(last + JournalOpening.LSN_STEP);
            last = rec.lsn();
            rig.commit();
            if (life % 2 == 0) {
                rig.close();
            }
            now = now.crash(life % 3 == 0 ? Power.KILL : Power.NOTHING);
            rig.forget();
        }
    }

    @Test
    void damageBeforeADurableFrameIsRefusedWithItsPlace() throws IOException {
        List<Rec> issued = new ArrayList<>();
        SimStorage after = killed(issued);
        List<String> files = JournalRig.segmentFiles(after);
        String open = files.get(files.size() - 2);
        for (long at : new long[] {BLOCK, BLOCK + 70, 3 * BLOCK + 4, 5 * BLOCK + 3000}) {
            SimStorage one = after.crashClone(Power.KILL, at);
            one.corrupt(open, at, 1);
            byte[] manifest = one.content("manifest-1");
            assertThatThrownBy(() -> JournalRig.recovered(one))
                    .isInstanceOf(JournalException.class)
                    .satisfies(e -> {
                        JournalException refused = (JournalException) e;
                        assertThat(refused.kind()).isEqualTo(JournalException.Kind.DAMAGED);
                        assertThat(refused.segmentId()).isPositive();
                        assertThat(refused.offset()).isNotNegative();
                        assertThat(refused.file()).contains("segment-");
                    });
            assertThat(one.content("manifest-1")).as("nothing was changed").isEqualTo(manifest);
        }
    }

    @Test
    void aListedSegmentThatIsMissingIsRefused() throws IOException {
        SimStorage after = killed(new ArrayList<>());
        for (String file : JournalRig.segmentFiles(after)) {
            SimStorage one = after.crashClone(Power.KILL, 1);
            one.remove(file);
            assertThatThrownBy(() -> JournalRig.recovered(one))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("missing")
                    .hasMessageContaining(file);
        }
    }

    @Test
    void aSealedSegmentThatIsCutIsRefused() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(20, 3000);
        rig.close();
        for (SegmentEntry entry : SegmentCatalog.load(disk, true).segments()) {
            String file = JournalRig.segmentFile(entry.id());
            byte[] content = disk.content(file);
            for (long length : new long[] {0, 10, BLOCK, entry.validEnd() - BLOCK, entry.validEnd() - 1}) {
                SimStorage one = disk.crashClone(Power.KILL, 1);
                one.put(file, Arrays.copyOf(content, (int) length));
                assertThatThrownBy(() -> JournalRig.recovered(one))
                        .as("cut at %s", length)
                        .isInstanceOf(JournalException.class)
                        .hasMessageContaining(file);
            }
            // The footer is derived data: the records stand without it.
            SimStorage one = disk.crashClone(Power.KILL, 1);
            one.put(file, Arrays.copyOf(content, (int) entry.validEnd()));
            assertThat(JournalRig.recovered(one)).isEqualTo(rig.issued);
        }
    }

    @Test
    void filesThatNoManifestListsAreNeverRead() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(3, 100);
        rig.close();
        String file = JournalRig.segmentFile(1);
        byte[] content = disk.content(file);
        // A copy under another id; junk; nothing; a header cut short; names that are almost right.
        disk.put(JournalRig.segmentFile(50), content);
        disk.put(JournalRig.segmentFile(51), new byte[0]);
        disk.put(JournalRig.segmentFile(52), Arrays.copyOf(content, 20));
        disk.put(JournalRig.segmentFile(53), JournalRig.payload(3, 10_000));
        disk.put("journal/segment-00000000060.journal", content);
        disk.put("journal/segment-+000000061.journal", content);
        disk.put("journal/segment-9999999999999999999.journal", content);
        disk.put("journal/segment-62.journal", content);
        disk.put("journal/segment-٠٠٠٠٠٠٠٠٠١.journal", content);
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued);
        assertThat(JournalRig.segmentFiles(disk))
                .doesNotContain(JournalRig.segmentFile(50), JournalRig.segmentFile(51), JournalRig.segmentFile(53));
        JournalRig next = JournalRig.open(disk, 3);
        next.append(1);
        next.commit();
        next.close();
        assertThat(JournalRig.recovered(disk)).hasSize(4);
    }

    @Test
    void aManifestOlderThanTheSegmentsIsRefusedAndNothingIsDeleted() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(3, 100);
        rig.close();
        byte[] old = disk.content("manifest-1");
        JournalRig next = JournalRig.open(disk, 2);
        next.appendAcknowledged(3, 100);
        next.close();
        disk.put("manifest-1", old);
        disk.put("manifest-2", old);
        List<String> files = disk.files();
        assertThatThrownBy(() -> JournalRig.recovered(disk))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("older than the segments")
                .hasMessageContaining(JournalRig.segmentFile(2));
        assertThat(disk.files()).isEqualTo(files);
    }

    @Test
    void aManifestNewerThanTheSegmentsIsRefused() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(3, 100);
        rig.close();
        SimStorage backup = disk.crashClone(Power.KILL, 1);
        JournalRig next = JournalRig.open(disk, 2);
        next.appendAcknowledged(3, 100);
        next.close();
        Storage journal = backup.directory(JournalRig.DIRECTORY, false);
        assertThat(journal.list()).hasSize(1);
        backup.put("manifest-1", disk.content("manifest-1"));
        backup.put("manifest-2", disk.content("manifest-2"));
        assertThatThrownBy(() -> JournalRig.recovered(backup))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("listed segment is missing");
        // Its file is there, of an earlier moment.
        backup.put(JournalRig.segmentFile(2), Arrays.copyOf(disk.content(JournalRig.segmentFile(2)), 2 * BLOCK));
        assertThatThrownBy(() -> JournalRig.recovered(backup))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("cut off");
    }

    @Test
    void oneCopyOfTheManifestIsEnough() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(20, 5000);
        rig.close();
        byte[] whole = disk.content("manifest-1");
        assertThat(disk.content("manifest-2")).isEqualTo(whole);
        for (String copy : List.of("manifest-1", "manifest-2")) {
            for (int length : new int[] {-1, 0, 1, 35, 36, 37, whole.length / 2, whole.length - 1}) {
                SimStorage one = disk.crashClone(Power.KILL, 1);
                if (length < 0) {
                    one.remove(copy);
                } else {
                    one.put(copy, Arrays.copyOf(whole, length));
                }
                assertThat(JournalRig.recovered(one))
                        .as("%s cut at %s", copy, length)
                        .isEqualTo(rig.issued);
                JournalRig next = JournalRig.open(one, 9);
                next.append(1);
                next.pump();
                next.close();
                assertThat(one.content("manifest-1")).as("made whole again").isEqualTo(one.content("manifest-2"));
            }
        }
    }

    @Test
    void noCopyOfTheManifestIsRefused() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(20, 5000);
        rig.close();
        byte[] whole = disk.content("manifest-1");
        for (int at : new int[] {0, 9, 20, 33, 40, 60, whole.length / 2}) {
            SimStorage one = disk.crashClone(Power.KILL, 1);
            one.corrupt("manifest-1", at, 2);
            one.corrupt("manifest-2", at, 2);
            assertThatThrownBy(() -> JournalRig.recovered(one))
                    .as("byte %s", at)
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("manifest");
        }
        SimStorage newer = disk.crashClone(Power.KILL, 1);
        ByteBuffer header = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(8, 2).putInt(32, Checksums.of(header, 0, 32));
        newer.put("manifest-1", whole);
        assertThatThrownBy(() -> JournalRig.recovered(newer))
                .isInstanceOfSatisfying(
                        JournalException.class, e -> assertThat(e.kind()).isEqualTo(JournalException.Kind.UNSUPPORTED))
                .hasMessageContaining("format version 2");
    }

    /** How many records stand before the one that is not there. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5})
    void aTornAppendToTheFirstCopyThatLeftALaterRecordIsNoDamage(int before) throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(3, 100);
        rig.close();
        // What a power loss can leave when several records cross a block: the later one without the earlier one.
        byte[] whole = disk.content("manifest-1");
        Manifest.Copy copy = Manifest.parse(ByteBuffer.wrap(whole), "manifest-1");
        byte[] torn = Arrays.copyOf(whole, whole.length + (before + 2) * 25);
        ByteBuffer later = ByteBuffer.wrap(torn).order(ByteOrder.LITTLE_ENDIAN);
        later.position(whole.length);
        for (int i = 1; i <= before; i++) {
            Manifest.encode(later, new Manifest.Entry(copy.sequence() + i, Manifest.LAST_LSN, new byte[8]));
        }
        later.position(later.position() + 25);
        Manifest.encode(later, new Manifest.Entry(copy.sequence() + before + 2, Manifest.LAST_LSN, new byte[8]));
        disk.put("manifest-1", torn);
        assertThat(Manifest.read(disk, "manifest-1").damagedInside()).isTrue();
        // The same in the only copy is damage: what stood there may have been durable.
        SimStorage onlyCopy = disk.crashClone(Power.KILL, 1);
        onlyCopy.remove("manifest-2");
        assertThatThrownBy(() -> JournalRig.recovered(onlyCopy)).isInstanceOf(JournalException.class);
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued);
        // Both copies are whole again: losing either of them loses nothing.
        disk.remove("manifest-2");
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.issued);
    }

    @Test
    void aSegmentOfANewerFormatOrOfAnotherStoreIsRefused() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(3, 100);
        rig.close();
        String file = JournalRig.segmentFile(1);
        byte[] content = disk.content(file);
        ByteBuffer header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(SegmentFormat.VERSION_OFFSET, 2);
        header.putInt(SegmentFormat.CRC_OFFSET, Checksums.of(header, 0, SegmentFormat.CRC_OFFSET));
        disk.put(file, content);
        assertThatThrownBy(() -> JournalRig.recovered(disk))
                .isInstanceOfSatisfying(
                        JournalException.class, e -> assertThat(e.kind()).isEqualTo(JournalException.Kind.UNSUPPORTED))
                .hasMessageContaining(file);
        SimStorage other = SimStorage.create(99);
        JournalRig strange = JournalRig.open(other, 77);
        strange.appendAcknowledged(3, 100);
        strange.close();
        disk.put(file, other.content(file));
        assertThatThrownBy(() -> JournalRig.recovered(disk))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("another store");
    }

    @Test
    void aRecordOfAnUnknownTypeIsRefusedAndNotSkipped() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        Ticket ticket = new Ticket();
        rig.reserve(ticket, RecordFormat.bytes(0), 1);
        ticket.fill(RecordType.FENCE, 7, 0, null, 0, false);
        ticket.done();
        rig.commit();
        rig.append(10);
        rig.commit();
        rig.close();
        SegmentEntry entry = SegmentCatalog.load(disk, true).segment(1);
        byte[] content = disk.content(JournalRig.segmentFile(1));
        ByteBuffer frame = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int at = BLOCK + FrameFormat.HEADER_BYTES;
        int word = 99 << 24;
        frame.putInt(at + RecordFormat.WORD_OFFSET, word);
        frame.putInt(
                at + RecordFormat.CRC_OFFSET,
                new RecordChecksum().record(entry.nonce(), at, word, 7, 0, ByteBuffer.allocate(0)));
        disk.put(JournalRig.segmentFile(1), content);
        assertThatThrownBy(() -> JournalRig.recovered(disk))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("unknown type 99")
                .hasMessageContaining("at " + at);
    }

    @Test
    void aStoreThatWasInterruptedWhileItWasMadeIsMadeAgain() throws IOException {
        for (int operation = 1; ; operation++) {
            SimStorage one = SimStorage.create(operation);
            one.directory(JournalRig.DIRECTORY, true);
            one.failAt(one.operations() + operation, StorageFault.STOP, false);
            try {
                JournalRig.recovered(one);
            } catch (SimStorage.StoppedException e) {
                // As it should.
            }
            if (!one.isStopped()) {
                assertThat(operation).isGreaterThan(5);
                return;
            }
            for (Power power : Power.values()) {
                assertThat(JournalRig.recovered(one.crashClone(power, 3))).isEmpty();
            }
        }
    }

    @Test
    void anEndOfAnIncarnationCutsOffAnIndexThatKnowsMore() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().deferred());
        long first = rig.opening.incarnation();
        rig.append(10);
        rig.commit();
        rig.journal.requestSync(rig.journal.acceptedLsn());
        rig.commit();
        Rec lost = rig.append(10);
        rig.commit();
        SimStorage after = disk.crash(Power.NOTHING);
        rig.forget();
        JournalRig next = JournalRig.open(after, 2);
        assertThat(next.opening.incarnation()).isNotEqualTo(first);
        assertThat(next.opening.knows(first, lost.lsn())).isFalse();
        assertThat(next.opening.knows(first, lost.lsn() - 2)).isTrue();
        assertThat(next.opening.knows(4711, 1)).isFalse();
        next.close();
    }

    /** What a recovery wrote again lies elsewhere for indexes of all pasts before it, not only of the last one. */
    @Test
    void aLaterIncarnationThatBeganLowerCutsOffAllBeforeIt() throws IOException {
        SegmentCatalog catalog = SegmentCatalog.create(disk, new SecureRandom());
        long first = catalog.incarnation().number();
        catalog.recovered(List.of(), 100, new SegmentCatalog.Incarnation(2, 100));
        catalog.recovered(List.of(), 90, new SegmentCatalog.Incarnation(3, 50));
        assertThat(catalog.knows(first, 50, 120)).isTrue();
        assertThat(catalog.knows(first, 51, 120)).isFalse();
        assertThat(catalog.knows(2, 51, 120)).isFalse();
        assertThat(catalog.knows(3, 120, 120)).isTrue();
        assertThat(catalog.knows(3, 121, 120)).isFalse();
        catalog.close();
    }

    /** The same files on a file system of other blocks. */
    private static Storage withBlocks(Storage storage, int blockBytes) {
        return withBlocks(storage, () -> blockBytes);
    }

    private static Storage withBlocks(Storage storage, IntSupplier blockBytes) {
        return (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("blockBytes")) {
                        return blockBytes.getAsInt();
                    }
                    Object result;
                    try {
                        result = method.invoke(storage, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    return result instanceof Storage inside ? withBlocks(inside, blockBytes) : result;
                });
    }

    /** Who lacks a file descriptor cannot tell how large blocks are, and says the least; a moment later it can. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7})
    void blocksThatAreReportedOtherwiseAMomentLaterMakeNoDifference(int calls) throws IOException {
        AtomicInteger asked = new AtomicInteger();
        Storage changing = withBlocks(disk, () -> asked.getAndIncrement() % calls == 0 ? 4096 : 65_536);
        List<Rec> issued = new ArrayList<>();
        SimStorage on = disk;
        for (int life = 0; life < 4; life++) {
            JournalRig rig =
                    JournalRig.open(changing, life, JournalRig.options().segmentBlocks(64));
            assertThat(rig.recovered).isEqualTo(issued);
            rig.nextEntry = life * 1000;
            for (int i = 0; i < 5; i++) {
                rig.appendAcknowledged(2, 3000);
            }
            issued.addAll(rig.issued);
            on = on.crash(Power.NOTHING);
            rig.forget();
            changing = withBlocks(on, () -> asked.getAndIncrement() % calls == 0 ? 4096 : 65_536);
        }
        assertThat(JournalRig.recovered(on)).isEqualTo(issued);
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 16384})
    void aJournalThatWasCopiedToAFileSystemOfOtherBlocksIsTheSame(int blockBytes) throws IOException {
        List<Rec> issued = new ArrayList<>();
        SimStorage after = killed(issued);
        Storage moved = withBlocks(after, blockBytes);
        JournalRig rig = JournalRig.open(moved, 5, JournalRig.options().segmentBlocks(32));
        assertThat(rig.recovered).isEqualTo(issued);
        rig.nextEntry = 1000;
        rig.appendAcknowledged(3, 3000);
        issued.addAll(rig.issued);
        SimStorage again = after.crash(Power.NOTHING);
        rig.forget();
        assertThat(JournalRig.recovered(again)).isEqualTo(issued);
    }
}
