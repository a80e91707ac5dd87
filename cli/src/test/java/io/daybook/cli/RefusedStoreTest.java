package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store of a newer format, and one that may not be written: exit code 2, one line, and not a byte of it changes. */
@Timeout(120)
class RefusedStoreTest {
    private static final int VERSION_AT = 8;
    private static final int STORE_CHECKSUM_AT = 36;
    private static final int MANIFEST_CHECKSUM_AT = 32;
    private static final int SEGMENT_CHECKSUM_AT = 60;

    @TempDir
    private Path directory;

    private Path store;
    private Path target;

    @BeforeEach
    void makeStore() {
        store = directory.resolve("store");
        target = directory.resolve("salvaged");
        Cli.run("one\ntwo\n".getBytes(), "put", store, 1).good();
    }

    private Object[] args(String line) {
        return line.replace("DIR", store.toString())
                .replace("TARGET", target.toString())
                .split(" ");
    }

    private Map<Path, byte[]> content() throws IOException {
        Map<Path, byte[]> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(store)) {
            for (Path file : files.toList()) {
                content.put(file, Files.isRegularFile(file) ? Files.readAllBytes(file) : new byte[0]);
            }
        }
        return content;
    }

    private void unchanged(String command, Map<Path, byte[]> before) throws IOException {
        Map<Path, byte[]> now = content();
        assertThat(now.keySet()).as(command).isEqualTo(before.keySet());
        before.forEach((file, bytes) ->
                assertThat(now.get(file)).as(command + ": " + file).isEqualTo(bytes));
    }

    /** Sets the version in a header and its checksum, as a later release would. */
    private static void makeNewer(Path file, int checksumAt) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(bytes.getInt(VERSION_AT)).isEqualTo(1);
            assertThat(bytes.getInt(checksumAt)).isEqualTo(crc(bytes, checksumAt));
            bytes.putInt(VERSION_AT, 2);
            bytes.putInt(checksumAt, crc(bytes, checksumAt));
            Files.write(file, bytes.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int crc(ByteBuffer bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), 0, length);
        return (int) crc.getValue();
    }

    private void isRefused(List<String> commands) throws IOException {
        Map<Path, byte[]> before = content();
        for (String command : commands) {
            Cli.Result result = Cli.run("three\n".getBytes(), args(command));
            assertThat(result.status()).as(command + ": " + result.text()).isEqualTo(2);
            result.failed(2, "version 2", "knows 1", store.toString());
            unchanged(command, before);
        }
        assertThat(target).doesNotExist();
    }

    private static final List<String> ALL = List.of(
            "put DIR 1",
            "cat DIR 1",
            "cat DIR 1 --read-only",
            "ledgers DIR",
            "inspect DIR",
            "verify DIR",
            "verify DIR --deep",
            "rebuild-index DIR",
            "salvage DIR TARGET",
            "delete DIR 1");

    @Test
    void aNewerStore() throws IOException {
        makeNewer(store.resolve("STORE"), STORE_CHECKSUM_AT);
        isRefused(ALL);
    }

    @Test
    void aNewerManifest() throws IOException {
        makeNewer(store.resolve("manifest-1"), MANIFEST_CHECKSUM_AT);
        makeNewer(store.resolve("manifest-2"), MANIFEST_CHECKSUM_AT);
        isRefused(ALL);
    }

    @Test
    void newerSegments() throws IOException {
        try (Stream<Path> files = Files.list(store.resolve("journal"))) {
            files.filter(file -> file.toString().endsWith(".journal"))
                    .forEach(file -> makeNewer(file, SEGMENT_CHECKSUM_AT));
        }
        // What an open has to replay it has to understand.
        try (Stream<Path> files = Files.list(store.resolve("index"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        isRefused(List.of(
                "put DIR 1", "cat DIR 1", "cat DIR 1 --read-only", "ledgers DIR", "rebuild-index DIR", "delete DIR 1"));
    }

    /** In a process that is subject to permissions, also where this one belongs to root. */
    private Cli.Result asSomebody(Object... args) throws Exception {
        List<String> command = new ArrayList<>();
        if (mayWriteAnyway()) {
            command.addAll(List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"));
        }
        command.addAll(Cli.command(args));
        command.add(command.indexOf("-cp"), "-Djava.io.tmpdir=" + directory);
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Cli.Result(process.exitValue(), Files.readAllBytes(out), Files.readString(err));
    }

    private boolean mayWriteAnyway() {
        return Files.isWritable(store.resolve("journal"));
    }

    private void protect(boolean on) throws IOException {
        try (Stream<Path> files = Files.walk(store)) {
            for (Path file : files.toList()) {
                assertThat(file.toFile().setWritable(!on, true)).isTrue();
            }
        }
    }

    @Test
    void aDirectoryThatCannotBeWritten() throws Exception {
        assertThat(store.resolve("journal")).isDirectory();
        protect(true);
        try {
            assumeTrue(
                    !mayWriteAnyway() || hasSetpriv(), "SKIPPED: root may write everywhere, and there is no setpriv");
            Map<Path, byte[]> before = content();
            for (String command : List.of("put DIR 1", "put DIR/below 1", "rebuild-index DIR", "delete DIR 1")) {
                asSomebody(args(command)).failed(2, "the directory " + store + " is not writable");
                unchanged(command, before);
            }
            asSomebody("cat", store, 1).failed(2, "is not writable; --read-only reads it without writing");
            assertThat(asSomebody("cat", store, 1, "--read-only").good().text()).isEqualTo("one\ntwo\n");
            Cli.Result verified = asSomebody("verify", store).failed(2, "permission denied");
            assertThat(verified.err()).doesNotContain("Exception").containsOnlyOnce("permission denied");
            unchanged("verify", before);
        } finally {
            protect(false);
        }
        Cli.run("three\n".getBytes(), "put", store, 1).good();
        assertThat(Cli.run("cat", store, 1).good().text()).isEqualTo("one\ntwo\nthree\n");
    }

    private static boolean hasSetpriv() throws Exception {
        try {
            return new ProcessBuilder("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--", "true")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
