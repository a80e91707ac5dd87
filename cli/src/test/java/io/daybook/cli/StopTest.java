package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.WriteBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A signal ends a long task where it is, and in order: it is not left to run, and not cut off with its store open. */
@Timeout(120)
class StopTest {
    private static final int LEDGERS = 40;
    private static final int ENTRIES = 1000;
    /** Many, as a replay tells how far it is after each. */
    private static final long SEGMENT_BYTES = 64 << 10;

    private static final String LINE_TAKEN_AWAY = "\r\u001b[K";

    @TempDir
    private Path directory;

    private Path store;

    @BeforeEach
    void name() {
        store = directory.resolve("store");
    }

    private void fill(int ledgers, int entries) {
        ByteBuf entry = Unpooled.wrappedBuffer(new byte[20]);
        try (LedgerEngine engine = LedgerEngine.open(EngineConfig.builder(store)
                .name("daybook")
                .segmentBytes(SEGMENT_BYTES)
                .entryBytesMax(1024)
                .build())) {
            for (int first = 0; first < entries; first += 100) {
                for (int ledger = 0; ledger < ledgers; ledger++) {
                    WriteBatch batch = new WriteBatch();
                    for (int i = first; i < Math.min(entries, first + 100); i++) {
                        batch.append(ledger, i, entry);
                    }
                    engine.write(batch).join();
                }
            }
        }
    }

    @Test
    void aSignalEndsAVerify() throws Exception {
        aSignalEnds("verify");
    }

    @ParameterizedTest
    @Tag("proof")
    @ValueSource(strings = {"verify --deep", "rebuild-index", "salvage"})
    void aSignalEndsOtherLongTasks(String command) throws Exception {
        aSignalEnds(command);
    }

    private void aSignalEnds(String command) throws Exception {
        fill(LEDGERS, ENTRIES);
        List<Object> args = new ArrayList<>(List.of(command.split(" ")));
        args.add(1, store);
        if (command.equals("salvage")) {
            args.add(directory.resolve("target"));
        }
        Path stderr = directory.resolve("stderr");
        Path stdout = directory.resolve("stdout");
        List<String> line = Cli.command(args.toArray());
        // Slow, so that the signal comes in the middle.
        line.addAll(1, List.of("-Xint", "-Djava.io.tmpdir=" + directory));
        ProcessBuilder builder =
                new ProcessBuilder(line).redirectError(stderr.toFile()).redirectOutput(stdout.toFile());
        builder.environment().put("DAYBOOK_STDERR_TTY", "1");
        Process process = builder.start();
        while (Files.size(stderr) == 0 && process.isAlive()) {
            Thread.sleep(5);
        }
        process.toHandle().destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String shown = Files.readString(stderr);
        assertThat(process.exitValue()).as(shown).isEqualTo(128 + 15);
        // It unwound: the line on the terminal went with what was open.
        assertThat(shown).startsWith("\r").endsWith(LINE_TAKEN_AWAY).doesNotContain("daybook:");
        assertThat(stdout).as("it did not come to its end").isEmptyFile();
        assertThat(directory.resolve("target")).doesNotExist();
        assertThat(Cli.run("verify", store, "--json").good().text()).contains("\"entries\":" + LEDGERS * ENTRIES);
    }

    @Test
    void whatWasToldToStopBeforeItBeganChangesNothing() throws Exception {
        fill(3, 10);
        for (String command : List.of("verify", "verify --deep", "rebuild-index")) {
            List<Object> args = new ArrayList<>(List.of(command.split(" ")));
            args.add(1, store);
            endedQuietly(command, Cli.runStopped(new byte[0], args.toArray()));
        }
        endedQuietly("salvage", Cli.runStopped(new byte[0], "salvage", store, directory.resolve("target")));
        assertThat(directory.resolve("target")).doesNotExist();

        // An open that has something to replay is a long task too.
        deleteTree(store.resolve("index"));
        endedQuietly("put", Cli.runStopped("more\n".getBytes(), "put", store, 1, "--ack"));
        for (String command : List.of("cat", "delete")) {
            endedQuietly(command, Cli.runStopped(new byte[0], command, store, 1));
        }
        endedQuietly("ledgers", Cli.runStopped(new byte[0], "ledgers", store));
        assertThat(Cli.run("ledgers", store, "--json").good().lines())
                .hasSize(3)
                .allMatch(line -> line.contains("\"entries\":10,"));
    }

    private static void endedQuietly(String command, Cli.Result result) {
        assertThat(result.err()).as(command).isEmpty();
        assertThat(result.out()).as(command).isEmpty();
        assertThat(result.status()).as(command).isEqualTo(ExitCode.IO);
    }

    @Test
    void whatOpensTooLateIsClosedAtOnce() {
        StopSignal signal = new StopSignal();
        AtomicInteger closed = new AtomicInteger();
        signal.stop();
        signal.whenStuck(closed::incrementAndGet);
        assertThat(closed).hasValue(1);
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
