package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What only shows in a process of its own: pipes, signals, locks, what the log prints. */
@Timeout(60)
class ProcessTest {

    @TempDir
    private Path directory;

    private Path store;
    private Path stderr;

    @BeforeEach
    void name() {
        store = directory.resolve("store");
        stderr = directory.resolve("stderr");
    }

    @Test
    void aReaderThatHasSeenEnoughEndsCatQuietly() throws Exception {
        Cli.run("a line of a file\n".repeat(200_000).getBytes(), "put", store, 7)
                .good();
        Process cat = Cli.fork(stderr, "cat", store, 7);
        try (InputStream out = cat.getInputStream()) {
            assertThat(new String(out.readNBytes(17), StandardCharsets.US_ASCII))
                    .isEqualTo("a line of a file\n");
        }
        assertThat(ended(cat)).isZero();
        assertThat(stderr).isEmptyFile();
    }

    @Test
    void aStoreThatIsOpenElsewhereGivesThePidAndStaysAsItIs() throws Exception {
        Process put = Cli.fork(stderr, "put", store, 7, "--ack");
        try (OutputStream in = put.getOutputStream();
                BufferedReader acks = put.inputReader()) {
            in.write("one\n".getBytes());
            in.flush();
            assertThat(acks.readLine()).isEqualTo("1");
            String pid = Long.toString(put.pid());
            Cli.run("put", store, 7).failed(2, pid);
            Cli.run("cat", store, 7).failed(2, pid);
            Cli.run("ledgers", store).failed(2, pid);
            Cli.run("verify", store).failed(2, pid);
            Cli.run("rebuild-index", store).failed(2, pid);
            Cli.run("delete", store, 7).failed(2, pid);
            Cli.run("inspect", store).good();
            in.write("two\n".getBytes());
        }
        assertThat(ended(put)).isZero();
        assertThat(stderr).isEmptyFile();
        assertThat(Cli.run("cat", store, 7).good().text()).isEqualTo("one\ntwo\n");
    }

    @Test
    void asSoonAsALineCameItIsAcknowledgedAndASignalEndsPutInOrder() throws Exception {
        Process put = Cli.fork(stderr, "put", store, 7, "--ack");
        String last = null;
        try (OutputStream in = put.getOutputStream();
                BufferedReader acks = put.inputReader()) {
            for (int i = 1; i <= 3; i++) {
                in.write(("line " + i + "\n").getBytes());
                in.flush();
                assertThat(acks.readLine()).isEqualTo(Integer.toString(i));
            }
            in.write("line 4\nhalf a li".getBytes());
            in.flush();
            last = acks.readLine();
            // Its stdin stays open: put sits in a read.
            put.toHandle().destroy();
            for (String line = acks.readLine(); line != null; line = acks.readLine()) {
                last = line;
            }
            assertThat(ended(put)).isEqualTo(128 + 15);
        } catch (IOException e) {
            // Closing stdin of a process that is gone may fail.
        }
        assertThat(stderr).isEmptyFile();
        assertThat(last).isEqualTo("4");
        Cli.Result cat = Cli.run("cat", store, 7, "--read-only").good();
        assertThat(cat.text()).isEqualTo("line 1\nline 2\nline 3\nline 4\n");
    }

    @Test
    void aSignalInFullFlightLosesNothingThatWasAcknowledged() throws Exception {
        Process put = Cli.fork(stderr, "put", store, 7, "--ack");
        Thread feeder = new Thread(() -> new LineStream(5).writeTo(put.getOutputStream(), 1L << 30, 1 << 20));
        feeder.setDaemon(true);
        feeder.start();
        long acknowledged = 0;
        try (BufferedReader acks = put.inputReader()) {
            for (String line = acks.readLine(); line != null; line = acks.readLine()) {
                long count = Long.parseLong(line);
                if (acknowledged < 20_000 && count >= 20_000) {
                    put.toHandle().destroy();
                }
                acknowledged = count;
            }
        }
        assertThat(ended(put)).as(Files.readString(stderr)).isEqualTo(128 + 15);
        assertThat(stderr).isEmptyFile();
        Cli.Result ledgers = Cli.run("ledgers", store, "--json").good();
        // It ended in order, so the last count was printed after the last entry was durable.
        assertThat(ledgers.text()).contains("\"entries\":" + acknowledged + ",");
    }

    @Test
    void acknowledgementsThatNobodyReadsDoNotStopPut() throws Exception {
        Process put = Cli.fork(stderr, "put", store, 7, "--ack");
        put.getInputStream().close();
        try (OutputStream in = put.getOutputStream()) {
            in.write("one\n".repeat(1000).getBytes());
        }
        assertThat(ended(put)).isZero();
        assertThat(stderr).isEmptyFile();
        assertThat(Cli.run("cat", store, 7).good().out()).hasSize(4000);
    }

    @Test
    void noStackTraceWithoutDebug() throws Exception {
        Process plain = Cli.fork(stderr, "cat", store, 1);
        assertThat(ended(plain)).isEqualTo(2);
        assertThat(Files.readString(stderr)).startsWith("daybook: no store in ").hasLineCount(1);
        Process debug = Cli.fork(stderr, "cat", store, 1, "--debug");
        assertThat(ended(debug)).isEqualTo(2);
        assertThat(Files.readString(stderr)).startsWith("daybook: no store in ").contains("\tat io.daybook.cli.");
    }

    private static int ended(Process process) throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ended in time").isTrue();
        return process.exitValue();
    }
}
