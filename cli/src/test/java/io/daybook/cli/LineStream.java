package io.daybook.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** An endless file of lines that a seed decides, for writing and for comparing. */
final class LineStream {
    private final SplittableRandom random;
    private byte[] line = new byte[0];
    private int at;

    LineStream(long seed) {
        this.random = new SplittableRandom(seed);
    }

    byte[] next() {
        int length = random.nextInt(200) == 0 ? random.nextInt(50_000) : random.nextInt(1500);
        byte[] bytes = new byte[length + 1];
        random.nextBytes(bytes);
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                bytes[i] = '\r';
            }
        }
        bytes[length] = '\n';
        return bytes;
    }

    /**
     * Writes until the reader goes away or the amount is reached.
     *
     * @param bytes about so many
     * @param bytesPerMilli not faster than this, so that a kill at a random time meets a put at work
     */
    void writeTo(OutputStream out, long bytes, long bytesPerMilli) {
        try {
            long owed = 0;
            for (long written = 0; written < bytes; ) {
                byte[] next = next();
                out.write(next);
                written += next.length;
                owed += next.length;
                if (owed >= bytesPerMilli) {
                    out.flush();
                    LockSupport.parkNanos(1_000_000);
                    owed = 0;
                }
            }
            out.flush();
        } catch (IOException e) {
            // The reader was killed.
        }
    }

    /** Follows the stream as something that should be the same; counts whole lines. */
    OutputStream comparing(long[] lines) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                int from = offset;
                int end = offset + length;
                while (from < end) {
                    if (at == line.length) {
                        line = next();
                        at = 0;
                    }
                    int step = Math.min(end - from, line.length - at);
                    int differs = Arrays.mismatch(line, at, at + step, bytes, from, from + step);
                    if (differs >= 0) {
                        throw new IOException("line " + (lines[0] + 1) + " differs at its byte " + (at + differs));
                    }
                    at += step;
                    from += step;
                    if (at == line.length) {
                        lines[0]++;
                    }
                }
            }
        };
    }

    /** Whether the comparison stands between two lines. */
    boolean betweenLines() {
        return at == line.length;
    }
}
