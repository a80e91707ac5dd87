package io.daybook.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Keys: a byte for the kind, then numbers of eight bytes, highest byte first, none negative, so that the order of bytes is the
 * order of numbers.
 *
 * <pre>
 * 'b' ledger generation bucket     a bucket row, bucket being entry / 256
 * 'c'                              the checkpoint
 * 'd' ledger generation            a dropped generation whose rows are still to be cleared
 * 'f'                              format version
 * 'l' ledger                       a ledger row
 * 'n'                              number of the newest batch
 * 'v' ledger generation segment    live bytes
 * </pre>
 *
 * Live bytes are keyed by generation first, so that clearing a generation is two ranges.
 */
final class Keys {
    static final byte BUCKET = 'b';
    static final byte DROPPED = 'd';
    static final byte LEDGER = 'l';
    static final byte LIVE = 'v';

    static final int BUCKET_BITS = 8;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int NUMBER_BYTES = 8;
    private static final byte[] CHECKPOINT = {'c'};
    private static final byte[] FORMAT = {'f'};
    private static final byte[] BATCH_NUMBER = {'n'};

    private Keys() {}

    static byte[] checkpoint() {
        return CHECKPOINT.clone();
    }

    static byte[] format() {
        return FORMAT.clone();
    }

    static byte[] batchNumber() {
        return BATCH_NUMBER.clone();
    }

    static byte[] bucket(long ledgerId, long generation, long bucket) {
        if ((ledgerId | generation | bucket) < 0) {
            // Says which.
            return key(BUCKET, ledgerId, generation, bucket);
        }
        byte[] key = new byte[1 + 3 * NUMBER_BYTES];
        key[0] = BUCKET;
        setBucket(key, ledgerId, generation, bucket);
        return key;
    }

    /** Makes the key of one bucket that of another one; the numbers were checked. */
    static void setBucket(byte[] key, long ledgerId, long generation, long bucket) {
        setNumber(key, 0, ledgerId);
        setNumber(key, 1, generation);
        setNumber(key, 2, bucket);
    }

    static byte[] ledger(long ledgerId) {
        return key(LEDGER, ledgerId);
    }

    static byte[] live(long ledgerId, long generation, long segmentId) {
        return key(LIVE, ledgerId, generation, segmentId);
    }

    static byte[] dropped(long ledgerId, long generation) {
        return key(DROPPED, ledgerId, generation);
    }

    /** A key or a prefix of keys. */
    static byte[] key(byte kind, long... numbers) {
        byte[] key = new byte[1 + numbers.length * NUMBER_BYTES];
        key[0] = kind;
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] < 0) {
                throw new IllegalArgumentException("negative number in key " + kind + Arrays.toString(numbers));
            }
            setNumber(key, i, numbers[i]);
        }
        return key;
    }

    static void setNumber(byte[] key, int index, long number) {
        int at = 1 + index * NUMBER_BYTES;
        LONGS.set(key, at, number);
    }

    /** The lowest byte string above all keys that begin with {@code prefix}. */
    static byte[] successor(byte[] prefix) {
        byte[] end = prefix.clone();
        for (int i = end.length - 1; i >= 0; i--) {
            if (++end[i] != 0) {
                return Arrays.copyOf(end, i + 1);
            }
        }
        throw new IllegalArgumentException("no successor of " + Arrays.toString(prefix));
    }

    static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    /** The number at {@code index} of a key with {@code numbers} numbers; damaged if the key cannot be such a one. */
    static long number(byte[] key, int numbers, int index) {
        if (key.length != 1 + numbers * NUMBER_BYTES) {
            throw new IndexException(
                    IndexException.Kind.DAMAGED,
                    "index key of " + key.length + " bytes: " + Arrays.toString(key),
                    null);
        }
        long number = new ByteReader(key, 1 + index * NUMBER_BYTES, key.length).int64();
        if (number < 0) {
            throw new IndexException(
                    IndexException.Kind.DAMAGED, "negative number in index key " + Arrays.toString(key), null);
        }
        return number;
    }

    static long checkLedger(long ledgerId, long generation) {
        if (ledgerId < 0 || generation < 0) {
            throw new IllegalArgumentException(
                    "ledger " + ledgerId + ", generation " + generation + ": must not be negative");
        }
        return ledgerId;
    }

    static long checkEntry(long entryId) {
        if (entryId < 0 || entryId == Long.MAX_VALUE) {
            throw new IllegalArgumentException("entry " + entryId + " is not in 0.." + (Long.MAX_VALUE - 1));
        }
        return entryId;
    }
}
