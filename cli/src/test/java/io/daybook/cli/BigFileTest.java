package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file of over a million lines and over a gigabyte through {@code put} and {@code cat}, in processes of their own. */
@Tag("proof")
class BigFileTest {
    private static final long SEED = Long.getLong("daybook.seed", System.nanoTime());
    private static final long BYTES = Long.getLong("daybook.file.bytes", 1_050_000_000);
    private static final int LINES_MIN = 1_000_001;
    private static final long LEDGER = 7;

    /** Most are shorter than 1,100 bytes, some are empty, and one in ten thousand may be longer than a block of stdin. */
    private static final int LONGEST = 3 << 20;

    @TempDir
    private Path directory;

    @AfterEach
    void empty() throws IOException {
        // A gigabyte more than once: not left to the end of the run.
        Files.deleteIfExists(directory.resolve("file"));
        Files.deleteIfExists(directory.resolve("out"));
    }

    /** Returns how many lines it has; the last one has no end. */
    private static long write(Path file) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] noise = new byte[2 * LONGEST];
        random.nextBytes(noise);
        for (int i = 0; i < noise.length; i++) {
            noise[i] = noise[i] == '\n' ? (byte) '\r' : noise[i];
        }
        long lines = 0;
        long written = 0;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            while (written < BYTES) {
                int length = length(random);
                out.write(noise, random.nextInt(noise.length - length), length);
                out.write('\n');
                written += length + 1;
                lines++;
            }
            out.write("no end".getBytes());
        }
        return lines + 1;
    }

    private static int length(SplittableRandom random) {
        int kind = random.nextInt(10_000);
        if (kind == 0) {
            return random.nextInt(LONGEST);
        }
        return kind < 500 ? random.nextInt(4096) : random.nextInt(1100);
    }

    @Test
    @Timeout(240)
    void comesBackByteForByte() throws Exception {
        System.out.println(
                "BigFileTest seed " + SEED + " (-Ddaybook.seed), " + BYTES + " bytes (-Ddaybook.file.bytes)");
        Path file = directory.resolve("file");
        Path out = directory.resolve("out");
        Path acks = directory.resolve("acks");
        Path store = directory.resolve("store");
        long lines = write(file);
        assertThat(lines).as("seed " + SEED).isGreaterThanOrEqualTo(LINES_MIN);
        assertThat(Files.size(file)).isGreaterThan(1_000_000_000);

        long began = System.nanoTime();
        assertThat(Cli.runOnFiles(file, acks, "put", store, LEDGER, "--ack")).isZero();
        long put = System.nanoTime();
        assertThat(Cli.runOnFiles(Path.of("/dev/null"), out, "cat", store, LEDGER))
                .isZero();
        long cat = System.nanoTime();
        assertThat(Files.mismatch(file, out))
                .as("first difference, seed " + SEED)
                .isEqualTo(-1);
        List<Long> counts =
                Files.readAllLines(acks).stream().map(Long::parseLong).toList();
        assertThat(counts).isSorted().doesNotHaveDuplicates().endsWith(lines);
        assertThat(Cli.run("ledgers", store, "--json").good().text()).contains("\"entries\":" + lines + ",");
        System.out.printf(
                "a file of %,d lines and %,d bytes: put in %.1f s, cat in %.1f s, the same bytes; %d counts told%n",
                lines, Files.size(file), seconds(put - began), seconds(cat - put), counts.size());
    }

    private static double seconds(long nanos) {
        return nanos / (double) TimeUnit.SECONDS.toNanos(1);
    }
}
