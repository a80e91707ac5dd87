package io.daybook.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Entries of random bytes, so that no device can compress them, in direct memory, as a network layer hands them over. */
public final class Payloads {
    private static final int COUNT = 16;

    private Payloads() {}

    /** A power of two of different payloads. Nobody need release them: their memory is the garbage collector's. */
    public static ByteBuf[] random(int entryBytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ByteBuf[] payloads = new ByteBuf[COUNT];
        byte[] bytes = new byte[entryBytes];
        for (int i = 0; i < COUNT; i++) {
            random.nextBytes(bytes);
            payloads[i] = Unpooled.wrappedBuffer(
                    ByteBuffer.allocateDirect(entryBytes).put(bytes).flip());
        }
        return payloads;
    }
}
