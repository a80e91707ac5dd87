package io.daybook.fuzz;

import java.util.List;

/**
 * A decoder under fuzzing, with what must hold for any bytes. An input is a <em>mode</em> byte and what the decoder gets; bits of
 * the mode tell the target to compute checksums anew, so that the fuzzer gets behind them.
 */
public interface Target {

    /** Decodes; anything thrown is a finding. Deterministic. */
    void run(byte[] input) throws Exception;

    /** Inputs to begin with, made by the real encoders. */
    List<byte[]> seeds() throws Exception;

    /** Heap bytes that an input may make this thread allocate, whatever lengths it claims. */
    default long heapBytesMax(int inputBytes) {
        return (4L << 20) + 256L * inputBytes;
    }

    /** Longest input the fuzzer makes. */
    default int inputBytesMax() {
        return 4096;
    }

    /** Fails with a message unless a condition holds. */
    static void check(boolean condition, Object what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
