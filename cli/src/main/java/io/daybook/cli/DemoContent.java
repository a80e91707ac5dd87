package io.daybook.cli;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The bytes of the demo's entries, a function of seed, ledger and entry: who knows these three can check an entry to the last
 * byte. <b>Confined to one thread.</b>
 */
final class DemoContent {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long seed;
    private final byte[] bytes;
    private final byte[] met;

    DemoContent(long seed, int entryBytes) {
        this.seed = seed;
        this.bytes = new byte[entryBytes];
        this.met = new byte[entryBytes];
    }

    /** Fills the array that {@link #bytes} gives. */
    void fill(long ledger, long entry) {
        long state = mix(mix(seed ^ ledger * 0x9e3779b97f4a7c15L) ^ entry);
        int at = 0;
        for (; at + Long.BYTES <= bytes.length; at += Long.BYTES) {
            LONGS.set(bytes, at, state);
            state = state * 6364136223846793005L + 1442695040888963407L;
        }
        for (; at < bytes.length; at++) {
            bytes[at] = (byte) (state >>> 56);
            state = state * 6364136223846793005L + 1442695040888963407L;
        }
    }

    byte[] bytes() {
        return bytes;
    }

    /** Whether a buffer holds exactly the bytes of this entry. */
    boolean matches(long ledger, long entry, ByteBuf buffer) {
        if (buffer.readableBytes() != bytes.length) {
            return false;
        }
        fill(ledger, entry);
        buffer.getBytes(buffer.readerIndex(), met);
        return Arrays.equals(bytes, met);
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
