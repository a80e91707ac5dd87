package io.daybook.index;

import io.daybook.fuzz.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** The value of a bucket row: fragments, their slots and packed columns. */
public final class BucketTarget implements Target {
    private static final byte[] KEY = Keys.bucket(7, 1, 3);

    @Override
    public void run(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] row = Arrays.copyOfRange(input, 1, input.length);
        if ((input[0] & 1) != 0) {
            repair(row);
        }
        BucketRow decoded = new BucketRow();
        boolean whole = false;
        try {
            int fragments = BucketCodec.decode(KEY, row, decoded);
            Target.check(BucketCodec.fragments(row) == fragments, fragments);
            whole = true;
        } catch (IndexException e) {
            isDamage(e);
        }
        for (int slot = 0; slot < BucketRow.SLOTS; slot++) {
            try {
                Location location = BucketCodec.find(KEY, row, slot);
                Target.check(
                        !whole
                                || (location != null) == decoded.has(slot)
                                        && (location == null || location.equals(at(decoded, slot))),
                        slot + " is at " + location);
            } catch (IndexException e) {
                isDamage(e);
                Target.check(!whole, "unpacked as a whole, slot " + slot + " is damaged: " + e.getMessage());
            }
        }
        if (whole && decoded.count() > 0) {
            encodedAnew(decoded);
        }
    }

    private static void encodedAnew(BucketRow decoded) {
        ByteWriter out = new ByteWriter(64);
        new BucketCodec.Encoder().put(KEY, decoded, out);
        BucketRow again = new BucketRow();
        Target.check(BucketCodec.decode(KEY, out.toBytes(), again) == 1, "fragments");
        for (int slot = 0; slot < BucketRow.SLOTS; slot++) {
            Target.check(decoded.has(slot) == again.has(slot), slot);
            Target.check(!decoded.has(slot) || at(decoded, slot).equals(at(again, slot)), slot);
        }
    }

    private static Location at(BucketRow row, int slot) {
        return new Location(row.segments[slot], row.offsets[slot], row.lengths[slot]);
    }

    static void isDamage(IndexException e) {
        Target.check(e.kind() == IndexException.Kind.DAMAGED, e);
    }

    /** Puts the check of each fragment right, as far as their sizes lead. */
    private static void repair(byte[] row) {
        int at = 0;
        while (at < row.length) {
            ByteReader in = new ByteReader(row, at, row.length);
            try {
                in.next();
                in.skip(in.varint(in.remaining()));
                int end = in.position();
                in.skip(2);
                CRC32C crc = new CRC32C();
                crc.update(KEY, 0, KEY.length);
                crc.update(row, at, end - at);
                long value = crc.getValue();
                int check = (int) ((value >>> 16 ^ value) & 0xffff);
                row[end] = (byte) (check >>> 8);
                row[end + 1] = (byte) check;
                at = end + 2;
            } catch (IndexException e) {
                return;
            }
        }
    }

    @Override
    public List<byte[]> seeds() {
        BucketCodec.Encoder encoder = new BucketCodec.Encoder();
        List<byte[]> seeds = new ArrayList<>();
        ByteWriter all = new ByteWriter(64);
        all.put(1);
        for (int step : new int[] {1, 3, 9}) {
            BucketRow row = new BucketRow();
            for (int slot = step; slot < BucketRow.SLOTS; slot += step) {
                row.put(slot, 5 + slot / 100, 4096L + slot * 1100L + slot % 7, 1000 + slot % 3);
            }
            ByteWriter one = new ByteWriter(64);
            one.put(1);
            encoder.put(KEY, row, one);
            seeds.add(one.toBytes());
            encoder.put(KEY, row, all);
            encoder.cut(KEY, 100 + step, all);
        }
        seeds.add(all.toBytes());
        BucketRow single = new BucketRow();
        single.put(255, Integer.MAX_VALUE, Location.OFFSET_MAX, Location.LENGTH_MAX);
        ByteWriter one = new ByteWriter(64);
        one.put(1);
        encoder.put(KEY, single, one);
        seeds.add(one.toBytes());
        return seeds;
    }
}
