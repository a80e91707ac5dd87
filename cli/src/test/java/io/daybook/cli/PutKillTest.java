package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code put} is killed at random times: what {@code cat} gives afterwards is a prefix of the input in whole lines, with at
 * least every line that was acknowledged; and what earlier kills left is still there.
 */
class PutKillTest {
    private static final long INPUT_BYTES_PER_MILLI = 20_000;

    @TempDir
    private Path directory;

    /** From the first acknowledgement to the kill, at most. What is put takes as long. */
    private int delayMillisMax;

    /** What one kill left behind. */
    private record Round(long ledger, long seed, long lines) {}

    @Test
    @Timeout(60)
    void fiveKills() throws Exception {
        kills(5, 400);
    }

    @Test
    @Tag("proof")
    @Timeout(300)
    void twentyKills() throws Exception {
        kills(20, Integer.getInteger("daybook.kill.millis", 1000));
    }

    private void kills(int times, int millisMax) throws Exception {
        delayMillisMax = millisMax;
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("PutKillTest seed " + seed + " (-Ddaybook.seed)");
        Random random = new Random(seed);
        Path store = directory.resolve("store");
        List<Round> rounds = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            long input = random.nextLong();
            int delayMillis = random.nextInt(delayMillisMax);
            long acknowledged = killed(store, i, input, delayMillis, i % 2 == 0);
            long lines = comesOut(store, i, input, seed);
            assertThat(lines).as("lines of ledger " + i + ", seed " + seed).isGreaterThanOrEqualTo(acknowledged);
            rounds.add(new Round(i, input, lines));
            System.out.println("  kill " + i + " after " + delayMillis + " ms: " + acknowledged
                    + " lines acknowledged, " + lines + " there");
        }
        for (Round round : rounds) {
            assertThat(comesOut(store, round.ledger, round.seed, seed))
                    .as("lines of ledger " + round.ledger + ", seed " + seed)
                    .isEqualTo(round.lines);
        }
        assertThat(Cli.run("verify", store).status()).as("verify, seed " + seed).isZero();
    }

    /** Returns how many lines were acknowledged before the kill. */
    private long killed(Path store, long ledger, long input, int delayMillis, boolean smallSegments) throws Exception {
        Path stderr = directory.resolve("stderr");
        Process put = smallSegments
                ? Cli.fork(stderr, "put", store, ledger, "--ack", "--segment-bytes", "4MiB")
                : Cli.fork(stderr, "put", store, ledger, "--ack");
        Thread feeder = new Thread(() -> new LineStream(input)
                .writeTo(put.getOutputStream(), INPUT_BYTES_PER_MILLI * delayMillisMax, INPUT_BYTES_PER_MILLI));
        feeder.setDaemon(true);
        feeder.start();
        long[] acknowledged = {-1};
        Thread killer = new Thread(() -> {
            try {
                Thread.sleep(delayMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            put.toHandle().destroyForcibly();
        });
        StringBuilder line = new StringBuilder();
        try (BufferedReader acks = put.inputReader(StandardCharsets.US_ASCII)) {
            for (int c = acks.read(); c >= 0; c = acks.read()) {
                if (c != '\n') {
                    line.append((char) c);
                    continue;
                }
                if (acknowledged[0] < 0) {
                    killer.start();
                }
                long count = Long.parseLong(line.toString());
                assertThat(count).isGreaterThan(acknowledged[0]);
                acknowledged[0] = count;
                line.setLength(0);
            }
        } catch (IOException e) {
            // The pipe went with the process.
        }
        assertThat(put.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(acknowledged[0]).as(Files.readString(stderr)).isPositive();
        assertThat(put.exitValue()).as(Files.readString(stderr)).isEqualTo(128 + 9);
        return acknowledged[0];
    }

    /** Compares what {@code cat} gives with the input, and returns how many lines it was. */
    private static long comesOut(Path store, long ledger, long input, long seed) throws IOException {
        LineStream expected = new LineStream(input);
        long[] lines = {0};
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        OutputStream comparing = expected.comparing(lines);
        int status = Main.run(
                new Session(
                        new ByteArrayInputStream(new byte[0]),
                        new Output(comparing),
                        new PrintStream(err, true),
                        false,
                        new StopSignal()),
                "cat",
                store.toString(),
                Long.toString(ledger));
        assertThat(err.toString()).as("seed " + seed).isEmpty();
        assertThat(status).isZero();
        assertThat(expected.betweenLines()).as("whole lines, seed " + seed).isTrue();
        return lines[0];
    }
}
