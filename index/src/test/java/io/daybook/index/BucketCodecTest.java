package io.daybook.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class BucketCodecTest {
    private static final byte[] KEY = Keys.bucket(3, 4, 5);

    private final BucketCodec.Encoder encoder = new BucketCodec.Encoder();

    private static Random random(String what) {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("BucketCodecTest " + what + ": -Ddaybook.seed=" + seed);
        return new Random(seed);
    }

    private static Location location(Random random) {
        return switch (random.nextInt(6)) {
            case 0 ->
                new Location(
                        random.nextLong() & Long.MAX_VALUE,
                        random.nextLong() & Location.OFFSET_MAX,
                        Location.LENGTH_MAX);
            case 1 -> new Location(0, 0, 0);
            default -> new Location(random.nextInt(3), random.nextInt(1 << 30), random.nextInt(5000));
        };
    }

    private void randomFragment(Random random, ByteWriter out, TreeMap<Integer, Location> model) {
        if (random.nextInt(6) == 0) {
            int last = random.nextInt(256);
            encoder.cut(KEY, last, out);
            model.tailMap(last, false).clear();
            return;
        }
        BucketRow row = new BucketRow();
        int from = random.nextInt(256);
        int to = Math.min(255, from + random.nextInt(1 + random.nextInt(256)));
        int keep = 1 + random.nextInt(4);
        Location at = location(random);
        for (int slot = from; slot <= to; slot++) {
            if (slot == from || keep > 2 || random.nextInt(4) < keep) {
                row.put(slot, at.segmentId(), at.offset(), at.length());
                model.put(slot, at);
            }
            at = random.nextInt(30) == 0
                    ? location(random)
                    : new Location(at.segmentId(), Math.min(Location.OFFSET_MAX, at.offset() + 5000), at.length());
        }
        encoder.put(KEY, row, out);
    }

    @Test
    void roundTripOfManyFragments() {
        Random random = random("round trip");
        BucketRow decoded = new BucketRow();
        for (int round = 0; round < 3000; round++) {
            ByteWriter out = new ByteWriter(16);
            TreeMap<Integer, Location> model = new TreeMap<>();
            int fragments = 1 + random.nextInt(8);
            for (int i = 0; i < fragments; i++) {
                randomFragment(random, out, model);
            }
            byte[] row = out.toBytes();
            assertEquals(fragments, BucketCodec.decode(KEY, row, decoded));
            assertEquals(fragments, BucketCodec.fragments(row));
            assertEquals(model.size(), decoded.count());
            for (int slot = 0; slot < 256; slot++) {
                assertEquals(model.get(slot), decoded.has(slot) ? decoded.location(slot) : null);
                assertEquals(model.get(slot), BucketCodec.find(KEY, row, slot));
                Integer ceiling = model.ceilingKey(slot);
                Integer floor = model.floorKey(slot);
                assertEquals(ceiling == null ? -1 : ceiling, decoded.ceiling(slot));
                assertEquals(floor == null ? -1 : floor, decoded.floor(slot));
            }
        }
    }

    @Test
    void anyFlippedBitIsDamage() {
        Random random = random("flips");
        for (int round = 0; round < 40; round++) {
            ByteWriter out = new ByteWriter(16);
            randomFragment(random, out, new TreeMap<>());
            byte[] row = out.toBytes();
            for (int i = 0; i < 200; i++) {
                byte[] bad = row.clone();
                int bit = random.nextInt(bad.length * 8);
                bad[bit >>> 3] ^= (byte) (1 << (bit & 7));
                assertDamaged(() -> BucketCodec.decode(KEY, bad, new BucketRow()));
                assertDamaged(() -> BucketCodec.find(KEY, bad, 0));
            }
        }
    }

    private static void assertDamaged(Runnable call) {
        IndexException e = assertThrows(IndexException.class, call::run);
        assertEquals(IndexException.Kind.DAMAGED, e.kind());
    }

    @Test
    void aRowUnderAnotherKeyIsDamage() {
        BucketRow row = new BucketRow();
        row.put(1, 1, 4096, 10);
        ByteWriter out = new ByteWriter(16);
        encoder.put(KEY, row, out);
        assertDamaged(() -> BucketCodec.find(Keys.bucket(3, 4, 6), out.toBytes(), 1));
    }

    /** Random bytes and mutated rows, with the checks made right again, so that the parser behind them is reached. */
    @Test
    void hostileBytesGiveDamageOrAnAnswer() {
        Random random = random("hostile");
        int answers = 0;
        int damages = 0;
        for (int round = 0; round < 60_000; round++) {
            byte[] bytes = hostile(random);
            int slot = random.nextInt(256);
            try {
                BucketRow row = new BucketRow();
                BucketCodec.decode(KEY, bytes, row);
                Location found = BucketCodec.find(KEY, bytes, slot);
                assertEquals(row.has(slot) ? row.location(slot) : null, found);
                answers++;
            } catch (IndexException e) {
                assertEquals(IndexException.Kind.DAMAGED, e.kind());
                damages++;
            }
            try {
                BucketCodec.find(KEY, bytes, slot);
                BucketCodec.fragments(bytes);
            } catch (IndexException e) {
                assertEquals(IndexException.Kind.DAMAGED, e.kind());
            }
        }
        System.out.println("BucketCodecTest hostile: " + answers + " answers, " + damages + " damaged");
        assertTrue(answers > 100 && damages > 100);
    }

    private byte[] hostile(Random random) {
        ByteWriter out = new ByteWriter(16);
        randomFragment(random, out, new TreeMap<>());
        byte[] bytes = out.toBytes();
        if (random.nextInt(4) == 0) {
            bytes = new byte[3 + random.nextInt(60)];
            random.nextBytes(bytes);
            bytes[0] = (byte) (random.nextBoolean() ? 0x10 | random.nextInt(4) : 0x20);
            bytes[1] = (byte) (bytes.length - 4);
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        if (random.nextInt(8) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 4));
        }
        if (bytes.length > 2) {
            CRC32C crc = new CRC32C();
            crc.update(KEY);
            crc.update(bytes, 0, bytes.length - 2);
            long value = crc.getValue();
            int check = (int) ((value >>> 16 ^ value) & 0xffff);
            bytes[bytes.length - 2] = (byte) (check >>> 8);
            bytes[bytes.length - 1] = (byte) check;
        }
        return bytes;
    }

    @Test
    void emptyRowHasNothing() {
        assertNull(BucketCodec.find(KEY, new byte[0], 0));
        assertEquals(0, BucketCodec.decode(KEY, new byte[0], new BucketRow()));
    }

    @Test
    void fullConstantRowIsTiny() {
        BucketRow row = new BucketRow();
        for (int slot = 0; slot < 256; slot++) {
            row.put(slot, 12, 4096 + slot * 102_400L, 1000);
        }
        ByteWriter out = new ByteWriter(16);
        encoder.put(KEY, row, out);
        assertTrue(out.size() <= 24, "bytes " + out.size());
    }

    @Test
    void stateRowsOfHostileBytesGiveDamageOrAnAnswer() {
        Random random = random("state");
        byte[] ledger = StateCodec.ledger(new LedgerRow(1, 2, true, 3, 4, 5, 6, 7, 8, 9, new byte[9]));
        byte[] checkpoint = StateCodec.checkpoint(new Checkpoint(1, 2, 3, 4, 5));
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = random.nextBoolean() ? ledger.clone() : checkpoint.clone();
            bytes[random.nextInt(bytes.length)] += (byte) (1 + random.nextInt(255));
            byte[] bad = Arrays.copyOf(bytes, bytes.length - random.nextInt(2) * random.nextInt(bytes.length));
            assertDamaged(() -> StateCodec.ledger(1, bad));
            assertDamaged(() -> StateCodec.checkpoint(bad));
            try {
                StateCodec.liveBytes(bad);
                StateCodec.number(bad);
            } catch (IndexException e) {
                assertEquals(IndexException.Kind.DAMAGED, e.kind());
            }
        }
    }
}
