package io.daybook.storage;

import static io.daybook.storage.StorageContract.bytes;
import static io.daybook.storage.StorageContract.put;
import static io.daybook.storage.StorageContract.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a simulated crash keeps and loses: F1 to F6, F11. */
class SimStorageCrashTest {
    private static final int BLOCK = 4096;

    private final SimStorage sim = SimStorage.create(1);

    @Test
    void powerLossKeepsWhatWasSyncedAndLosesTheRest() throws IOException {
        try (StorageFile file = sim.create("a")) {
            file.writeFully(bytes("synced"), 0);
            file.sync(false);
            sim.syncDirectory();
            file.writeFully(bytes("later"), 6);
            file.writeFully(bytes("S"), 0);
        }
        put(sim, "b", "never");
        assertThat(text(sim.crashClone(Power.NOTHING, 1), "a")).isEqualTo("synced");
        assertThat(sim.crashClone(Power.NOTHING, 1).list()).containsExactly("a");
        assertThat(text(sim.crashClone(Power.ALL, 1), "a")).isEqualTo("Syncedlater");
        assertThat(text(sim.crashClone(Power.ALL, 1), "b")).isEqualTo("never");
    }

    @Test
    void killKeepsAllButMakesNothingDurable() throws IOException {
        try (StorageFile file = sim.create("a")) {
            file.writeFully(bytes("abc"), 0);
            SimStorage killed = sim.crash(Power.KILL);
            assertThat(text(killed, "a")).isEqualTo("abc");
            assertThat(killed.openFiles()).isEmpty();
            assertThat(killed.crashClone(Power.NOTHING, 1).list()).isEmpty();
            killed.syncDirectory();
            assertThat(text(killed.crashClone(Power.NOTHING, 1), "a")).isEmpty();
            try (StorageFile again = killed.open("a", Storage.Access.READ)) {
                again.sync(false);
            }
            assertThat(text(killed.crashClone(Power.NOTHING, 1), "a")).isEqualTo("abc");
        }
    }

    @ParameterizedTest
    @EnumSource(Power.class)
    void oldHandlesThrowAfterACrash(Power power) throws IOException {
        StorageFile file = sim.create("a");
        Storage inner = sim.directory("d", true);
        DirectoryLock lock = sim.lock();
        SimStorage after = sim.crash(power);
        assertThat(sim.isStopped()).isTrue();
        assertThatThrownBy(() -> file.writeAt(bytes("x"), 0)).isInstanceOf(SimStorage.StoppedException.class);
        assertThatThrownBy(() -> file.readAt(ByteBuffer.allocate(1), 0))
                .isInstanceOf(SimStorage.StoppedException.class);
        assertThatThrownBy(() -> file.sync(false)).isInstanceOf(SimStorage.StoppedException.class);
        assertThatThrownBy(file::size).isInstanceOf(SimStorage.StoppedException.class);
        assertThatThrownBy(() -> sim.create("b")).isInstanceOf(SimStorage.StoppedException.class);
        assertThatThrownBy(inner::list).isInstanceOf(SimStorage.StoppedException.class);
        assertThatThrownBy(sim::lock).isInstanceOf(SimStorage.StoppedException.class);
        lock.close();
        file.close();
        after.lock().close();
        assertThat(after.list()).containsExactly("a", "d");
    }

    /** F5. */
    @Test
    void namesWithoutDirectorySyncSurviveInAnySubset() throws IOException {
        for (String name : List.of("a", "b", "c")) {
            try (StorageFile file = sim.create(name)) {
                file.writeFully(bytes(name), 0);
                file.sync(true);
            }
        }
        Set<List<String>> seen = new HashSet<>();
        for (long seed = 0; seed < 200; seed++) {
            SimStorage after = sim.crashClone(Power.SHUFFLED, seed);
            seen.add(after.list());
            for (String name : after.list()) {
                assertThat(text(after, name)).isEqualTo(name);
            }
        }
        assertThat(seen).hasSize(8);
    }

    /** F5: a rename is there or not, never half, and what it replaces is not lost without it. */
    @Test
    void renameIsAtomic() throws IOException {
        sim.put("m", new byte[] {'0'});
        for (String version : List.of("1", "2")) {
            put(sim, "t", version);
            try (StorageFile file = sim.open("t", Storage.Access.WRITE)) {
                file.sync(false);
            }
            sim.rename("t", "m");
        }
        Set<String> seen = new HashSet<>();
        for (long seed = 0; seed < 200; seed++) {
            seen.add(text(sim.crashClone(Power.SHUFFLED, seed), "m"));
        }
        assertThat(seen).containsExactlyInAnyOrder("0", "1", "2");
        sim.syncDirectory();
        assertThat(text(sim.crashClone(Power.NOTHING, 1), "m")).isEqualTo("2");
    }

    @Test
    void deletionComesBackWithoutDirectorySync() throws IOException {
        Storage inner = sim.directory("d", true);
        put(inner, "a", "1");
        inner.syncDirectory();
        sim.delete("d");
        assertThat(sim.files()).isEmpty();
        assertThat(sim.crashClone(Power.NOTHING, 1).files()).containsExactly("d/a");
        sim.syncDirectory();
        assertThat(sim.crashClone(Power.NOTHING, 1).list()).isEmpty();
    }

    /** F6. */
    @Test
    void failedSyncDoesNotMakeDurable() throws IOException {
        try (StorageFile file = sim.create("a")) {
            sim.syncDirectory();
            file.writeFully(bytes("old"), 0);
            file.sync(false);
            Set<String> durable = new HashSet<>();
            Set<String> read = new HashSet<>();
            for (int i = 0; i < 40; i++) {
                StorageFault fault = i % 2 == 0 ? StorageFault.EIO_SYNC_KEPT : StorageFault.EIO_SYNC_REVERTED;
                file.truncate(0);
                file.writeFully(bytes("old"), 0);
                file.sync(false);
                file.writeFully(bytes("new"), 0);
                sim.failAt(0, fault, false);
                assertThatThrownBy(() -> file.sync(false)).isExactlyInstanceOf(IOException.class);
                read.add(fault + text(sim, "a"));
                file.sync(false);
                durable.add(text(sim.crashClone(Power.NOTHING, 1), "a"));
                assertThat(text(sim.crashClone(Power.ALL, 1), "a"))
                        .isEqualTo(text(sim.crashClone(Power.NOTHING, 1), "a"));
            }
            assertThat(durable).containsExactlyInAnyOrder("old", "new");
            assertThat(read)
                    .containsExactlyInAnyOrder("EIO_SYNC_KEPTnew", "EIO_SYNC_REVERTEDold", "EIO_SYNC_REVERTEDnew");
        }
    }

    /** F2, F3, F4: each block is as it was, as it should be, or - torn - something else. */
    @Test
    void blocksAreLostAndTorn() throws IOException {
        byte[] old = new byte[4 * BLOCK];
        Arrays.fill(old, (byte) 'o');
        sim.put("a", old);
        byte[] stale = new byte[BLOCK];
        Arrays.fill(stale, (byte) 's');
        sim.put("stale", stale);
        byte[] fresh = new byte[6 * BLOCK];
        Arrays.fill(fresh, (byte) 'n');
        try (StorageFile file = sim.open("a", Storage.Access.WRITE)) {
            file.writeFully(ByteBuffer.wrap(fresh), BLOCK);
        }
        Set<String> shuffled = new HashSet<>();
        Set<String> torn = new HashSet<>();
        for (long seed = 0; seed < 2000; seed++) {
            shuffled.add(pattern(sim.crashClone(Power.SHUFFLED, seed).content("a")));
            torn.add(pattern(sim.crashClone(Power.TORN, seed).content("a")));
        }
        assertThat(shuffled).allMatch(blocks -> blocks.matches("o[on]{3}[0nso]{0,3}"));
        assertThat(shuffled)
                .contains("oooo", "onnnnnn", "onoonnn")
                .anyMatch(blocks -> blocks.endsWith("00"))
                .anyMatch(blocks -> blocks.contains("s"));
        assertThat(torn).allMatch(blocks -> blocks.startsWith("o"));
        assertThat(torn).anyMatch(blocks -> blocks.contains("?")).contains("oooo", "onnnnnn", "onno");
    }

    /** Rule 8: what shares a block with an un-synced write can be lost with it. */
    @Test
    void tornBlockTakesDurableBytesAlong() throws IOException {
        sim.put("a", "durable".getBytes(StandardCharsets.US_ASCII));
        try (StorageFile file = sim.open("a", Storage.Access.WRITE)) {
            file.writeFully(bytes("more"), 7);
        }
        boolean destroyed = false;
        for (long seed = 0; seed < 300; seed++) {
            destroyed |= !text(sim.crashClone(Power.TORN, seed), "a").startsWith("durable");
            assertThat(text(sim.crashClone(Power.SHUFFLED, seed), "a")).startsWith("durable");
        }
        assertThat(destroyed).isTrue();
    }

    @Test
    void cloneAndOriginalDoNotShareChanges() throws IOException {
        try (StorageFile file = sim.create("a")) {
            file.writeFully(ByteBuffer.allocate(3 * BLOCK), 0);
            SimStorage clone = sim.crashClone(Power.KILL, 1);
            file.writeFully(bytes("live"), 10);
            try (StorageFile cloned = clone.open("a", Storage.Access.WRITE)) {
                cloned.writeFully(bytes("twin"), 10);
            }
            assertThat(text(sim, "a").substring(10, 14)).isEqualTo("live");
            assertThat(text(clone, "a").substring(10, 14)).isEqualTo("twin");
            assertThat(sim.isStopped()).isFalse();
        }
    }

    @Test
    void stopHitsExactlyOneOperation() throws IOException {
        sim.put("a", new byte[0]);
        StorageFile file = sim.open("a", Storage.Access.WRITE);
        sim.failAt(sim.operations() + 2, StorageFault.STOP, false);
        file.writeFully(bytes("one"), 0);
        assertThatThrownBy(() -> file.writeFully(bytes("two"), 3)).isInstanceOf(SimStorage.StoppedException.class);
        assertThatThrownBy(() -> sim.list()).isInstanceOf(SimStorage.StoppedException.class);
        assertThat(text(sim.crashClone(Power.KILL, 1), "a")).startsWith("one").hasSizeLessThanOrEqualTo(6);
        assertThat(text(sim.crashClone(Power.NOTHING, 1), "a")).isEmpty();
    }

    /** All of a disk follows from its seed. */
    @ParameterizedTest
    @EnumSource(Power.class)
    void sameSeedSameResult(Power power) throws IOException {
        Set<String> different = new HashSet<>();
        for (long seed = 0; seed < 30; seed++) {
            SimStorage one = script(seed, new ArrayList<>());
            SimStorage two = script(seed, new ArrayList<>());
            assertThat(one.trace()).isEqualTo(two.trace());
            assertThat(state(one.crashClone(power, seed))).isEqualTo(state(two.crashClone(power, seed)));
            String crashed = state(one.crash(power));
            assertThat(crashed).isEqualTo(state(two.crash(power)));
            different.add(crashed);
        }
        if (power == Power.NOTHING) {
            assertThat(different).hasSize(1);
        } else {
            assertThat(different).hasSizeGreaterThan(15);
        }
    }

    /** {@link Power#PREFIX} is the whole disk at some moment; {@link Power#ALL} is that of now. */
    @Test
    void prefixIsAMomentOfThePast() throws IOException {
        for (long seed = 0; seed < 200; seed++) {
            List<String> states = new ArrayList<>();
            SimStorage disk = script(seed, states);
            states.add(state(disk));
            for (long crash = 0; crash < 5; crash++) {
                assertThat(states).contains(state(disk.crashClone(Power.PREFIX, crash)));
            }
            assertThat(state(disk.crashClone(Power.ALL, 1))).isEqualTo(state(disk));
            assertThat(state(disk.crashClone(Power.KILL, 1))).isEqualTo(state(disk));
        }
    }

    /** The paged image against a plain array, with copies that live on. */
    @Test
    void imageBehavesLikeAnArray() {
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 100; round++) {
            List<SimImage> images = new ArrayList<>(List.of(new SimImage()));
            List<byte[]> models = new ArrayList<>(List.of(new byte[0]));
            for (int step = 0; step < 60; step++) {
                int which = random.nextInt(images.size());
                SimImage image = images.get(which);
                byte[] model = models.get(which);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        images.add(image.share());
                        models.add(model.clone());
                    }
                    case 1 -> {
                        int bytes = random.nextInt(5 * BLOCK);
                        image.truncate(bytes);
                        models.set(which, Arrays.copyOf(model, bytes));
                    }
                    default -> {
                        byte[] source = new byte[random.nextInt(1, 2 * BLOCK)];
                        Arrays.fill(source, (byte) random.nextInt());
                        int at = random.nextInt(4) * BLOCK + (random.nextBoolean() ? 0 : random.nextInt(BLOCK));
                        image.write(at, source, 0, source.length);
                        byte[] grown = Arrays.copyOf(model, Math.max(model.length, at + source.length));
                        System.arraycopy(source, 0, grown, at, source.length);
                        models.set(which, grown);
                    }
                }
            }
            for (int i = 0; i < images.size(); i++) {
                ByteBuffer read = ByteBuffer.allocate((int) images.get(i).length());
                images.get(i).read(read, 0, Integer.MAX_VALUE);
                assertThat(read.array()).isEqualTo(models.get(i));
            }
        }
    }

    /** Random operations after a synced start, none of which syncs; collects the state before each. */
    private static SimStorage script(long seed, List<String> states) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        SimStorage disk = SimStorage.create(seed);
        disk.put("f0", new byte[5000]);
        disk.directory("d", true);
        disk.tracing(true);
        disk.onOperation((number, op, path) -> states.add(state(disk)));
        for (int i = 0; i < 25; i++) {
            Storage directory = random.nextInt(3) == 0 ? disk.directory("d", false) : disk;
            String name = "f" + random.nextInt(3);
            if (!directory.exists(name)) {
                directory.create(name).close();
            }
            switch (random.nextInt(6)) {
                case 0 -> directory.rename(name, "f" + random.nextInt(3));
                case 1 -> directory.delete(name);
                default -> {
                    try (StorageFile file = directory.open(name, Storage.Access.WRITE)) {
                        if (random.nextInt(4) == 0) {
                            file.truncate(random.nextInt(10_000));
                        } else {
                            byte[] content = new byte[random.nextInt(1, 9000)];
                            Arrays.fill(content, (byte) random.nextInt());
                            file.writeFully(ByteBuffer.wrap(content), random.nextInt(9000));
                        }
                    }
                }
            }
        }
        disk.onOperation(null);
        return disk;
    }

    private static String state(SimStorage disk) throws IOException {
        TreeMap<String, String> state = new TreeMap<>();
        for (String file : disk.files()) {
            byte[] content = disk.content(file);
            state.put(file, content.length + ":" + Arrays.hashCode(content));
        }
        return state.toString();
    }

    /** One letter for each block that is all the same byte. */
    private static String pattern(byte[] content) {
        StringBuilder pattern = new StringBuilder();
        for (int at = 0; at < content.length; at += BLOCK) {
            byte[] block = Arrays.copyOfRange(content, at, Math.min(content.length, at + BLOCK));
            byte[] same = new byte[block.length];
            Arrays.fill(same, block[0]);
            pattern.append(!Arrays.equals(block, same) ? '?' : block[0] == 0 ? '0' : (char) block[0]);
        }
        return pattern.toString();
    }
}
