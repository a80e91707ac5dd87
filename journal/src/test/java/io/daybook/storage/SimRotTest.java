package io.daybook.storage;

import static io.daybook.storage.StorageContract.bytes;
import static io.daybook.storage.StorageContract.put;
import static io.daybook.storage.StorageContract.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a disk does without a crash: it rots, fails to read, fills up, is slow, lies. F6 to F10 and F13. */
class SimRotTest {
    private static final int BLOCK = 4096;

    private final SimStorage sim = SimStorage.create(1);

    private static byte[] blocks(String letters) {
        byte[] bytes = new byte[letters.length() * BLOCK];
        for (int i = 0; i < letters.length(); i++) {
            Arrays.fill(bytes, i * BLOCK, (i + 1) * BLOCK, (byte) letters.charAt(i));
        }
        return bytes;
    }

    private static int differences(byte[] one, byte[] two) {
        int count = 0;
        for (int i = 0; i < one.length; i++) {
            count += one[i] == two[i] ? 0 : 1;
        }
        return count;
    }

    /** F9: only the unit that is damaged changes, for readers and for what a power loss leaves; healing takes all of it back. */
    @ParameterizedTest
    @EnumSource(Rot.class)
    void rotIsSeenSurvivesCrashesAndHeals(Rot kind) throws IOException {
        sim.put("other", blocks("xyz"));
        sim.put("a", blocks("abcd"));
        try (StorageFile file = sim.open("a", Storage.Access.WRITE)) {
            file.writeFully(ByteBuffer.wrap(blocks("AB")), BLOCK);
            file.sync(false);
        }
        byte[] right = sim.content("a");
        long at = BLOCK + 700;
        boolean done = false;
        for (int i = 0; i < 20 && !done; i++) {
            // A misdirected block may be the one that is there.
            done = sim.rot("a", kind, at);
        }
        assertThat(done).isTrue();
        byte[] wrong = sim.content("a");
        int unit = kind.bytes;
        long from = at - at % unit;
        assertThat(differences(right, wrong)).isBetween(1, unit);
        assertThat(Arrays.copyOf(wrong, (int) from)).isEqualTo(Arrays.copyOf(right, (int) from));
        assertThat(Arrays.copyOfRange(wrong, (int) from + unit, wrong.length))
                .isEqualTo(Arrays.copyOfRange(right, (int) from + unit, right.length));
        if (kind == Rot.STALE_SECTOR) {
            assertThat(wrong[(int) from]).isEqualTo((byte) 'b');
        }
        assertThat(sim.faults().of(FaultId.F9)).isZero();
        try (StorageFile file = sim.open("a", Storage.Access.READ)) {
            file.readFully(ByteBuffer.allocate(BLOCK), 2 * BLOCK);
            assertThat(sim.faults().of(FaultId.F9)).as("read elsewhere").isZero();
            file.readFully(ByteBuffer.allocate(2 * BLOCK), 0);
            assertThat(sim.faults().of(FaultId.F9)).as("met").isPositive();
        }
        for (Power power : Power.values()) {
            SimStorage after = sim.crashClone(power, 3);
            assertThat(after.content("a")).isEqualTo(wrong);
            assertThat(after.isDamaged()).isTrue();
            after.heal();
            assertThat(after.content("a")).isEqualTo(right);
            assertThat(after.durableContent("a")).isEqualTo(right);
        }
        assertThat(sim.content("a")).as("clones heal for themselves").isEqualTo(wrong);
        sim.heal();
        assertThat(sim.content("a")).isEqualTo(right);
        assertThat(sim.isDamaged()).isFalse();
    }

    /** F9. */
    @Test
    void misdirectedBlocksAreWholeBlocksOfSomeFile() throws IOException {
        sim.put("other", blocks("xyz"));
        sim.put("a", blocks("abcd"));
        Set<Character> met = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            if (sim.rot("a", Rot.MISDIRECTED_WRITE, BLOCK)) {
                byte[] block = Arrays.copyOfRange(sim.content("a"), BLOCK, 2 * BLOCK);
                byte[] same = new byte[BLOCK];
                Arrays.fill(same, block[0]);
                assertThat(block).isEqualTo(same);
                met.add((char) block[0]);
                sim.heal();
            }
        }
        assertThat(met).containsExactlyInAnyOrder('a', 'c', 'd', 'x', 'y', 'z');
    }

    /** What is written over is right again and is not healed back; what waits for its sync does not rot. */
    @Test
    void aWriteEndsTheDamageUnderIt() throws IOException {
        sim.put("a", blocks("ab"));
        assertThat(sim.rot("a", Rot.ZEROED_SECTOR, 512)).isTrue();
        try (StorageFile file = sim.open("a", Storage.Access.WRITE)) {
            file.writeFully(bytes("new"), 600);
            sim.heal();
            byte[] healed = sim.content("a");
            byte[] wanted = blocks("ab");
            wanted[600] = 'n';
            wanted[601] = 'e';
            wanted[602] = 'w';
            assertThat(healed).isEqualTo(wanted);
            assertThat(sim.rot("a", Rot.BIT_FLIP, 601)).as("not synced yet").isFalse();
            file.sync(false);
            assertThat(sim.rot("a", Rot.BIT_FLIP, 601)).isTrue();
            assertThat(sim.rot("a", Rot.ZEROED_SECTOR, 601))
                    .as("damaged already")
                    .isFalse();
            file.truncate(300);
            assertThat(sim.isDamaged()).isFalse();
            assertThat(sim.rot("a", Rot.BIT_FLIP, 300)).as("behind the end").isFalse();
        }
    }

    @Test
    void aSectorWithoutAnotherPastIsNotStale() throws IOException {
        sim.put("a", new byte[BLOCK]);
        assertThat(sim.rot("a", Rot.STALE_SECTOR, 0)).isFalse();
    }

    /** F8: sticky for some sectors, until they are written again. */
    @Test
    void spoiltSectorsFailUntilWritten() throws IOException {
        sim.put("a", blocks("abc"));
        sim.spoil("a", BLOCK, 512);
        sim.spoil("a", 2 * BLOCK, 512);
        SimStorage after = sim.crash(Power.NOTHING);
        try (StorageFile file = after.open("a", Storage.Access.WRITE)) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> file.readFully(ByteBuffer.allocate(10), BLOCK + 500))
                        .isExactlyInstanceOf(IOException.class)
                        .hasMessageContaining("a: read of 10 bytes at 4596: Input/output error");
            }
            assertThat(file.readFully(ByteBuffer.allocate(BLOCK), 0)).isEqualTo(BLOCK);
            assertThat(file.readFully(ByteBuffer.allocate(10), BLOCK + 512)).isEqualTo(10);
            file.writeFully(ByteBuffer.allocate(512), BLOCK);
            assertThat(file.readFully(ByteBuffer.allocate(10), BLOCK + 500)).isEqualTo(10);
            assertThatThrownBy(() -> file.readFully(ByteBuffer.allocate(1), 2 * BLOCK))
                    .isInstanceOf(IOException.class);
            after.heal();
            assertThat(file.readFully(ByteBuffer.allocate(1), 2 * BLOCK)).isEqualTo(1);
        }
        assertThat(after.faults().of(FaultId.F8)).isEqualTo(3);
    }

    /** F10. */
    @Test
    void emptyReadsAndWrites() throws IOException {
        put(sim, "a", "abc");
        try (StorageFile file = sim.open("a", Storage.Access.WRITE)) {
            sim.failAt(0, StorageFault.ZERO_READ, false);
            ByteBuffer read = ByteBuffer.allocate(3);
            assertThat(file.readAt(read, 0)).isZero();
            assertThat(file.readFully(read, 0)).isEqualTo(3);
            sim.failAt(0, StorageFault.ZERO_READ, true);
            assertThatThrownBy(() -> file.readFully(ByteBuffer.allocate(3), 0)).hasMessageContaining("give nothing");
            sim.clearFaults();
            sim.failAt(0, StorageFault.ZERO_READ, false);
            assertThat(file.readAt(ByteBuffer.allocate(1), 3)).as("at the end").isEqualTo(-1);
            sim.failAt(0, StorageFault.ZERO_WRITE, false);
            assertThat(file.writeAt(bytes("xyz"), 0)).isZero();
            sim.failAt(0, StorageFault.ZERO_WRITE, false);
            assertThatThrownBy(() -> file.writeFully(bytes("xyz"), 0)).hasMessageContaining("returned 0");
        }
        assertThat(text(sim, "a")).isEqualTo("abc");
        assertThat(sim.faults().of(FaultId.F10)).isEqualTo(4 + StorageFile.EMPTY_READS_MAX);
    }

    /** F7: room goes and comes back while files are open. */
    @Test
    void capacityShrinksAndGrows() throws IOException {
        try (StorageFile file = sim.create("a")) {
            file.writeFully(ByteBuffer.wrap(blocks("abcd")), 0);
            sim.capacityBytes(2 * BLOCK);
            assertThat(sim.freeBytes()).isZero();
            assertThatThrownBy(() -> file.writeAt(bytes("x"), 4 * BLOCK)).isInstanceOf(NoSpaceException.class);
            file.writeFully(bytes("x"), 0);
            file.sync(false);
            sim.capacityBytes(6 * BLOCK);
            assertThat(file.writeAt(ByteBuffer.wrap(blocks("efgh")), 4 * BLOCK)).isEqualTo(2 * BLOCK);
            assertThatThrownBy(() -> file.writeAt(bytes("x"), 6 * BLOCK)).isInstanceOf(NoSpaceException.class);
        }
        assertThat(sim.faults().of(FaultId.F7)).isEqualTo(2);
    }

    /** F6: the sync that loses says OK, the next one tells. What was promised is lost with the power, and healed on demand. */
    @Test
    void errorsOfASyncMayComeOneSyncLate() throws IOException {
        Set<String> lost = new HashSet<>();
        for (long seed = 0; seed < 20; seed++) {
            SimStorage disk = SimStorage.create(seed);
            disk.put("a", "old".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            try (StorageFile file = disk.open("a", Storage.Access.WRITE)) {
                file.writeFully(bytes("new"), 0);
                disk.failAt(0, StorageFault.EIO_SYNC_LATE, false);
                file.sync(false);
                assertThat(disk.faults().of(FaultId.F6)).isZero();
                assertThat(text(disk, "a")).isEqualTo("new");
                SimStorage after = disk.crashClone(Power.ALL, 1);
                String left = text(after, "a");
                lost.add(left);
                after.heal();
                assertThat(text(after, "a")).isEqualTo("new");
                file.writeFully(bytes("er"), 3);
                if (left.equals("old")) {
                    assertThatThrownBy(() -> file.sync(false)).isExactlyInstanceOf(IOException.class);
                    assertThat(disk.faults().of(FaultId.F6)).isEqualTo(1);
                }
                file.sync(false);
                assertThat(text(disk, "a")).isEqualTo("newer");
            }
        }
        assertThat(lost).containsExactlyInAnyOrder("old", "new");
    }

    /** F13. */
    @Test
    void slowSyncsPassTheTime() throws IOException {
        List<String> events = new ArrayList<>();
        put(sim, "a", "x");
        sim.onSlowSync(() -> events.add("30 s later"));
        sim.onSync(path -> events.add("synced " + path));
        sim.failAt(0, StorageFault.SLOW_SYNC, false);
        try (StorageFile file = sim.open("a", Storage.Access.WRITE)) {
            file.sync(false);
            file.sync(false);
        }
        assertThat(events).containsExactly("30 s later", "synced a", "synced a");
        assertThat(sim.faults().of(FaultId.F13)).isEqualTo(1);
    }

    /** F1 to F5 and F11 are counted where a crash did it. */
    @Test
    void crashesCountWhatTheyDid() throws IOException {
        FaultCounts all = new FaultCounts();
        for (long seed = 0; seed < 60; seed++) {
            for (Power power : Power.values()) {
                SimStorage disk = SimStorage.create(seed);
                disk.put("a", blocks("ab"));
                disk.put("stale", blocks("s"));
                SimStorage clean = disk.crash(power);
                assertThat(clean.faults().total()).as("nothing to lose").isEqualTo(power == Power.KILL ? 1 : 0);
                try (StorageFile file = clean.open("a", Storage.Access.WRITE)) {
                    file.writeFully(ByteBuffer.wrap(blocks("nn")), BLOCK);
                    file.writeFully(ByteBuffer.wrap(blocks("nn")), 4 * BLOCK);
                }
                put(clean, "b", "x");
                SimStorage after = clean.crash(power);
                all.add(after.faults());
            }
        }
        for (FaultId id : List.of(FaultId.F1, FaultId.F2, FaultId.F3, FaultId.F4, FaultId.F5, FaultId.F11)) {
            assertThat(all.of(id)).as("%s of %s", id, all).isPositive();
        }
    }
}
