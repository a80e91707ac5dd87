package io.daybook.index;

import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The values of the rows that are no buckets.
 *
 * <pre>
 * ledger     := generation flags (lastAddConfirmed+1) trimBound (firstEntryId+1) (lastEntryId+1) entryCount bytes nextEntryId
 *               [metadata size, metadata: only with flag 2] check
 * checkpoint := five numbers of eight bytes, check
 * live bytes := (batch number (varint), delta (zigzag varint))+     appended by merges, newest last
 * number     := eight bytes: format version, batch number
 * check      := CRC32C of what stands before it, four bytes
 * </pre>
 *
 * A delta of live bytes carries the number of its batch, and a second delta of the same number behind the first counts for
 * nothing: RocksDB may have kept a batch that it reported as not written, and the same batch is then written again. So the
 * sum cannot fall below the truth. A row is rewritten as its sum under the number of its newest delta.
 */
final class StateCodec {
    static final long FORMAT_VERSION = 1;

    private static final int FENCED = 1;
    private static final int METADATA = 2;
    private static final int CHECK_BYTES = 4;
    private static final int NUMBERS_IN_CHECKPOINT = 5;

    private StateCodec() {}

    static byte[] ledger(LedgerRow row) {
        checkLedger(row);
        byte[] metadata = row.metadata();
        ByteWriter out = new ByteWriter(64 + (metadata == null ? 0 : metadata.length));
        out.varint(row.generation());
        out.put((row.fenced() ? FENCED : 0) | (metadata == null ? 0 : METADATA));
        out.varint(row.lastAddConfirmed() + 1);
        out.varint(row.trimBound());
        out.varint(row.firstEntryId() + 1);
        out.varint(row.lastEntryId() + 1);
        out.varint(row.entryCount());
        out.varint(row.bytes());
        out.varint(row.nextEntryId());
        if (metadata != null) {
            out.varint(metadata.length);
            out.bytes(metadata, 0, metadata.length);
        }
        return sealed(out);
    }

    static LedgerRow ledger(long ledgerId, byte[] value) {
        ByteReader in = checked(value);
        long generation = in.varint(Long.MAX_VALUE);
        long flags = in.varint(FENCED | METADATA);
        long lastAddConfirmed = in.varint(Long.MAX_VALUE) - 1;
        long trimBound = in.varint(Long.MAX_VALUE);
        long firstEntryId = in.varint(Long.MAX_VALUE) - 1;
        long lastEntryId = in.varint(Long.MAX_VALUE) - 1;
        long entryCount = in.varint(Long.MAX_VALUE);
        long bytes = in.varint(Long.MAX_VALUE);
        long nextEntryId = in.varint(Long.MAX_VALUE);
        byte[] metadata = null;
        if ((flags & METADATA) != 0) {
            int size = (int) in.varint(in.remaining());
            int from = in.position();
            in.skip(size);
            metadata = Arrays.copyOfRange(value, from, from + size);
        }
        expectEnd(in);
        boolean empty = entryCount == 0;
        if (empty != (firstEntryId == -1)
                || empty != (lastEntryId == -1)
                || lastEntryId < firstEntryId
                || entryCount - 1 > lastEntryId - firstEntryId) {
            throw in.damaged(entryCount + " entries from " + firstEntryId + " to " + lastEntryId);
        }
        return new LedgerRow(
                ledgerId,
                generation,
                (flags & FENCED) != 0,
                lastAddConfirmed,
                trimBound,
                firstEntryId,
                lastEntryId,
                entryCount,
                bytes,
                nextEntryId,
                metadata);
    }

    private static void checkLedger(LedgerRow row) {
        Keys.checkLedger(row.ledgerId(), row.generation());
        if (row.lastAddConfirmed() < -1
                || row.lastAddConfirmed() == Long.MAX_VALUE
                || row.trimBound() < 0
                || row.firstEntryId() < -1
                || row.firstEntryId() == Long.MAX_VALUE
                || row.lastEntryId() < -1
                || row.lastEntryId() == Long.MAX_VALUE
                || row.entryCount() < 0
                || row.bytes() < 0
                || row.nextEntryId() < 0) {
            throw new IllegalArgumentException("out of range: " + row);
        }
    }

    static byte[] checkpoint(Checkpoint checkpoint) {
        ByteWriter out = new ByteWriter(64);
        out.int64(checkpoint.storeIdHigh());
        out.int64(checkpoint.storeIdLow());
        out.int64(checkpoint.incarnation());
        out.int64(checkpoint.settleNumber());
        out.int64(checkpoint.lsn());
        return sealed(out);
    }

    static Checkpoint checkpoint(byte[] value) {
        ByteReader in = checked(value);
        if (in.remaining() != NUMBERS_IN_CHECKPOINT * 8) {
            throw in.damaged("checkpoint of " + in.remaining() + " bytes");
        }
        Checkpoint checkpoint = new Checkpoint(in.int64(), in.int64(), in.int64(), in.int64(), in.int64());
        if (checkpoint.settleNumber() < 0 || checkpoint.lsn() < 0) {
            throw in.damaged("impossible " + checkpoint);
        }
        return checkpoint;
    }

    static byte[] number(long number) {
        ByteWriter out = new ByteWriter(16);
        out.int64(number);
        return out.toBytes();
    }

    static long number(byte[] value) {
        ByteReader in = new ByteReader(value, 0, value.length);
        long number = in.int64();
        expectEnd(in);
        if (number < 0) {
            throw in.damaged("negative number " + number);
        }
        return number;
    }

    static byte[] liveBytes(long batchNumber, long delta) {
        ByteWriter out = new ByteWriter(20);
        liveBytes(batchNumber, delta, out);
        return out.toBytes();
    }

    /** As above, behind what is there. */
    static void liveBytes(long batchNumber, long delta, ByteWriter out) {
        out.varint(batchNumber);
        out.zigzag(delta);
    }

    /** A row of live bytes summed up, each batch counted once. */
    record LiveBytes(long batchNumber, long sum, int deltas) {}

    static LiveBytes liveBytes(byte[] value) {
        ByteReader in = new ByteReader(value, 0, value.length);
        long sum = 0;
        long newest = 0;
        int deltas = 0;
        while (in.remaining() > 0) {
            long number = in.varint(Long.MAX_VALUE);
            long delta = in.zigzag();
            if (number > newest) {
                sum += delta;
                newest = number;
            } else if (number != newest) {
                throw in.damaged("live bytes of batch " + number + " behind those of " + newest);
            }
            deltas++;
        }
        return new LiveBytes(newest, sum, deltas);
    }

    private static byte[] sealed(ByteWriter out) {
        CRC32C crc = new CRC32C();
        crc.update(out.array(), 0, out.size());
        int check = (int) crc.getValue();
        out.int16(check >>> 16);
        out.int16(check);
        return out.toBytes();
    }

    private static ByteReader checked(byte[] value) {
        ByteReader all = new ByteReader(value, 0, value.length);
        all.skip(value.length - (long) CHECK_BYTES);
        int size = all.position();
        int expected = all.int16() << 16 | all.int16();
        CRC32C crc = new CRC32C();
        crc.update(value, 0, size);
        if (expected != (int) crc.getValue()) {
            throw all.damaged(
                    "check 0x" + Integer.toHexString(expected) + ", computed 0x" + Long.toHexString(crc.getValue()));
        }
        return new ByteReader(value, 0, size);
    }

    private static void expectEnd(ByteReader in) {
        if (in.remaining() != 0) {
            throw in.damaged(in.remaining() + " bytes too many");
        }
    }
}
