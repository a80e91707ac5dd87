package io.daybook.index;

import io.daybook.fuzz.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** The rows that are no buckets: ledger, checkpoint, live bytes, numbers; and keys. */
public final class StateTarget implements Target {
    private static final int LEDGER = 0;
    private static final int CHECKPOINT = 1;
    private static final int LIVE_BYTES = 2;
    private static final int NUMBER = 3;
    private static final int KEY = 4;
    private static final int CHECKSUM = 8;

    @Override
    public void run(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] value = Arrays.copyOfRange(input, 1, input.length);
        if ((input[0] & CHECKSUM) != 0 && value.length >= 4) {
            CRC32C crc = new CRC32C();
            crc.update(value, 0, value.length - 4);
            for (int i = 0; i < 4; i++) {
                value[value.length - 4 + i] = (byte) (crc.getValue() >>> (24 - 8 * i));
            }
        }
        try {
            switch (input[0] & 7) {
                case LEDGER -> ledger(value);
                case CHECKPOINT -> {
                    Checkpoint checkpoint = StateCodec.checkpoint(value);
                    Target.check(checkpoint.lsn() >= 0 && checkpoint.settleNumber() >= 0, checkpoint);
                    Target.check(Arrays.equals(StateCodec.checkpoint(checkpoint), value), checkpoint);
                }
                case LIVE_BYTES -> {
                    StateCodec.LiveBytes live = StateCodec.liveBytes(value);
                    Target.check(live.batchNumber() >= 0 && live.deltas() >= 0, live);
                }
                case NUMBER -> {
                    long number = StateCodec.number(value);
                    Target.check(number >= 0 && Arrays.equals(StateCodec.number(number), value), number);
                }
                case KEY -> {
                    int numbers = (value.length - 1) / 8;
                    for (int i = 0; i < numbers; i++) {
                        Target.check(Keys.number(value, numbers, i) >= 0, i);
                    }
                }
                default -> {
                    // No such row.
                }
            }
        } catch (IndexException e) {
            BucketTarget.isDamage(e);
        }
    }

    private static void ledger(byte[] value) {
        LedgerRow row = StateCodec.ledger(7, value);
        Target.check(
                row.generation() >= 0
                        && row.lastAddConfirmed() >= -1
                        && row.lastAddConfirmed() < Long.MAX_VALUE
                        && row.trimBound() >= 0
                        && row.firstEntryId() >= -1
                        && row.lastEntryId() >= row.firstEntryId()
                        && row.lastEntryId() < Long.MAX_VALUE
                        && row.entryCount() >= 0
                        && (row.entryCount() == 0) == (row.firstEntryId() == -1)
                        && (row.entryCount() == 0) == (row.lastEntryId() == -1)
                        && row.entryCount() <= row.lastEntryId() - row.firstEntryId() + 1
                        && row.bytes() >= 0
                        && row.nextEntryId() >= 0,
                row);
        byte[] encoded = StateCodec.ledger(row);
        Target.check(Arrays.equals(encoded, StateCodec.ledger(StateCodec.ledger(7, encoded))), row);
        Target.check(encoded.length <= value.length, "longer than what it was read from");
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        seeds.add(seed(LEDGER, StateCodec.ledger(new LedgerRow(7, 1, false, -1, 0, -1, -1, 0, 0, 0, null))));
        seeds.add(seed(
                LEDGER, StateCodec.ledger(new LedgerRow(7, 1L << 40, true, 5, 2, 2, 9, 8, 900, 10, new byte[] {1}))));
        seeds.add(seed(CHECKPOINT, StateCodec.checkpoint(new Checkpoint(-1, 2, -3, 4, 5))));
        byte[] first = StateCodec.liveBytes(3, 1000);
        byte[] second = StateCodec.liveBytes(4, -10);
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        seeds.add(seed(LIVE_BYTES, both));
        seeds.add(seed(NUMBER, StateCodec.number(12)));
        seeds.add(seed(KEY, Keys.bucket(1, 2, 3)));
        return seeds;
    }

    private static byte[] seed(int row, byte[] value) {
        byte[] seed = new byte[1 + value.length];
        seed[0] = (byte) (row | (row <= CHECKPOINT ? CHECKSUM : 0));
        System.arraycopy(value, 0, seed, 1, value.length);
        return seed;
    }
}
