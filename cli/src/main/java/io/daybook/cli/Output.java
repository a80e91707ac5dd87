package io.daybook.cli;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Stdout with a buffer of its own. {@code System.out} hides errors; here a closed pipe ends the command quietly and any other
 * error ends it with an exit code. <b>Confined to one thread at a time.</b>
 */
final class Output {
    private final OutputStream stream;
    private final byte[] buffer = new byte[1 << 16];
    private int filled;

    Output(OutputStream stream) {
        this.stream = stream;
    }

    /** Writes the readable bytes, leaving the buffer's indices alone. */
    void write(ByteBuf bytes) {
        int from = bytes.readerIndex();
        int left = bytes.readableBytes();
        while (left > 0) {
            int step = Math.min(left, room());
            bytes.getBytes(from, buffer, filled, step);
            filled += step;
            from += step;
            left -= step;
        }
    }

    void line(String text) {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        int from = 0;
        while (from < bytes.length) {
            int step = Math.min(bytes.length - from, room());
            System.arraycopy(bytes, from, buffer, filled, step);
            filled += step;
            from += step;
        }
    }

    void flush() {
        drain();
        try {
            stream.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Drops what was not written yet, after an error. */
    void clear() {
        filled = 0;
    }

    private int room() {
        if (filled == buffer.length) {
            drain();
        }
        return buffer.length - filled;
    }

    private void drain() {
        try {
            stream.write(buffer, 0, filled);
            filled = 0;
        } catch (IOException e) {
            filled = 0;
            throw failed(e);
        }
    }

    private static RuntimeException failed(IOException e) {
        // The JDK gives no error number, and the message of EPIPE is not translated.
        String message = String.valueOf(e.getMessage());
        if (message.contains("Broken pipe")
                || message.contains("Pipe closed")
                || message.contains("Connection reset")) {
            return new OutputClosedException(e);
        }
        return CommandException.io("cannot write to stdout: " + message, e);
    }
}
