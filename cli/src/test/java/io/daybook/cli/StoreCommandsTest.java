package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.LedgerEngine;
import io.daybook.engine.WriteBatch;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a whole store. */
class StoreCommandsTest {

    @TempDir
    private Path directory;

    private Path store() {
        return directory.resolve("store");
    }

    private void makeStore() {
        try (LedgerEngine engine = LedgerEngine.open(store())) {
            for (int i = 0; i < 10; i++) {
                engine.append(3, i, Unpooled.wrappedBuffer(("entry " + i + "\n").getBytes()))
                        .join();
            }
            engine.append(5, 100, Unpooled.wrappedBuffer(new byte[10])).join();
            engine.setLastAddConfirmed(3, 8).join();
            engine.fence(5).join();
            engine.putMetadata(9, Unpooled.wrappedBuffer(new byte[17])).join();
        }
    }

    @Test
    void ledgersAreListed() {
        makeStore();
        List<String> objects = Cli.run("ledgers", store(), "--json").good().lines();
        assertThat(objects)
                .containsExactly(
                        "{\"ledger\":3,\"entries\":10,\"first\":0,\"last\":9,\"lastAddConfirmed\":8,\"fenced\":false,\"metadataBytes\":0}",
                        "{\"ledger\":5,\"entries\":1,\"first\":100,\"last\":100,\"lastAddConfirmed\":-1,\"fenced\":true,\"metadataBytes\":0}",
                        "{\"ledger\":9,\"entries\":0,\"first\":null,\"last\":null,\"lastAddConfirmed\":-1,\"fenced\":false,\"metadataBytes\":17}");
        assertThat(Cli.run("--json", "ledgers", store(), "--read-only").good().lines())
                .isEqualTo(objects);
        List<String> rows = Cli.run("ledgers", store()).good().lines();
        assertThat(rows).hasSize(4);
        assertThat(rows.get(0).trim().split(" +"))
                .containsExactly("LEDGER", "ENTRIES", "FIRST", "LAST", "CONFIRMED", "FENCED", "METADATA");
        assertThat(rows.get(2).trim().split(" +")).containsExactly("5", "1", "100", "100", "-", "yes", "0");
    }

    @Test
    void aFencedLedgerTakesNoMore() {
        makeStore();
        Cli.run("x\n".getBytes(), "put", store(), 5).failed(2, "ledger 5 is fenced");
    }

    @Test
    void deleteAndBeginAnew() {
        makeStore();
        assertThat(Cli.run("delete", store(), 3).good().out()).isEmpty();
        Cli.run("cat", store(), 3).failed(1, "ledger 3 does not exist");
        Cli.run("delete", store(), 3).failed(1, "ledger 3 does not exist");
        Cli.run("anew\n".getBytes(), "put", store(), 3).good();
        assertThat(Cli.run("cat", store(), 3).good().text()).isEqualTo("anew\n");
        assertThat(Cli.run("delete", store(), 9, "--json").good().text())
                .isEqualTo("{\"ledger\":9,\"deleted\":true}\n");
    }

    @Test
    void inspectShowsSegments() {
        makeStore();
        assertThat(Cli.run("inspect", store()).good().text()).contains("store ", "format ", "segments ", "SEGMENT");
        List<String> objects = Cli.run("inspect", store(), "--json").good().lines();
        assertThat(objects.get(0)).startsWith("{\"type\":\"store\",\"storeId\":\"");
        assertThat(objects.subList(1, objects.size()))
                .isNotEmpty()
                .allMatch(line -> line.startsWith("{\"type\":\"segment\",\"id\":") && line.endsWith("}"));
    }

    @Test
    void verifyFindsAHealthyStoreGood() {
        makeStore();
        assertThat(Cli.run("verify", store()).good().text()).startsWith("good: ");
        assertThat(Cli.run("verify", store(), "--json").good().lines())
                .singleElement()
                .asString()
                .startsWith("{\"type\":\"summary\",\"good\":true,\"damages\":0,");
        assertThat(Cli.run("verify", store(), "--deep").good().text()).startsWith("good: ");
        assertThat(Cli.run("verify", store(), "--deep", "--json").good().lines())
                .singleElement()
                .asString()
                .startsWith("{\"type\":\"summary\",\"good\":true,\"damages\":0,");
    }

    @Test
    void oneDamagedCopyOfTheManifestIsFoundByDeepOnly() throws Exception {
        makeStore();
        flip(store().resolve("manifest-2"), 50);
        Cli.run("verify", store()).good();
        Cli.Result deep = Cli.run("verify", store(), "--deep");
        assertThat(deep.status()).isEqualTo(1);
        assertThat(deep.text()).startsWith("damaged: " + store().resolve("manifest-2") + " at 36: ");
        flip(store().resolve("manifest-1"), 50);
        deep = Cli.run("verify", store(), "--deep");
        assertThat(deep.status()).isEqualTo(1);
        assertThat(deep.text()).contains("manifest-1 at ", "manifest-2 at ", "no copy of the manifest is whole");
    }

    @Test
    void damageIsFoundAndNoOtherBytesComeOut() throws Exception {
        byte[] file = "a line of a file\n".repeat(2000).getBytes(StandardCharsets.UTF_8);
        Cli.run(file, "put", store(), 1).good();
        Path segment = largest(store().resolve("journal"));
        // In the middle of the entries: whatever the format, they are most of what was written.
        flip(segment, position(segment, "a line of a file", 1000));
        Cli.Result verified = Cli.run("verify", store());
        assertThat(verified.status()).as(verified.text() + verified.err()).isEqualTo(1);
        // One bit is one place, and it is known where.
        assertThat(verified.lines()).hasSize(2);
        assertThat(verified.lines().get(0))
                .matches("damaged: " + segment + " at [0-9]+, segment 1: .+; cannot be read: ledger 1 entry 999");
        assertThat(verified.lines().get(1)).startsWith("1 damaged place: ");
        List<String> objects = Cli.run("verify", store(), "--json").lines();
        assertThat(objects).hasSize(2);
        assertThat(objects.get(0))
                .matches(
                        "\\{\"type\":\"damage\",\"file\":\"" + segment
                                + "\",\"segment\":1,\"offset\":[0-9]+,\"what\":\"[^\"]+\",\"entries\":\\[\\{\"ledger\":1,\"first\":999,\"last\":999}]}");
        assertThat(objects.get(1)).startsWith("{\"type\":\"summary\",\"good\":false,\"damages\":1,");
        Cli.Result deep = Cli.run("verify", store(), "--deep");
        assertThat(deep.status()).as(deep.text() + deep.err()).isEqualTo(1);
        assertThat(deep.text())
                .contains("damaged: " + segment + " at ")
                .contains("; cannot be read: ledger 1 entry 999\n")
                .contains("note: the index was not compared with a replay");
        assertThat(Cli.run("verify", store(), "--deep", "--json").text())
                .contains(
                        "\"entries\":[{\"ledger\":1,\"first\":999,\"last\":999}]}",
                        "{\"type\":\"note\",",
                        "{\"type\":\"summary\",\"good\":false,");
        Path target = directory.resolve("salvaged");
        Cli.Result salvaged = Cli.run("salvage", store(), target);
        assertThat(salvaged.status()).as(salvaged.text() + salvaged.err()).isEqualTo(1);
        assertThat(salvaged.text())
                .contains(
                        "lost: 1 of ledger 1 entry 999: " + segment + " at ",
                        "not complete: 1 ledgers, 1,999 entries, ");
        assertThat(Cli.run("cat", target, 1).good().text()).isEqualTo("a line of a file\n".repeat(1999));
        Cli.run("verify", target, "--deep").good();
        assertThat(directory.resolve("salvaged.salvage.txt")).isRegularFile();
        Cli.run("salvage", store(), target).failed(2, "exists");
        assertThat(Cli.run("salvage", store(), directory.resolve("again"), "--json")
                        .text())
                .contains(
                        "{\"type\":\"loss\",\"ledger\":1,\"first\":999,\"last\":999,\"entries\":1,",
                        "{\"type\":\"summary\",\"complete\":false,");

        Cli.Result cat = Cli.run("cat", store(), 1);
        cat.failed(1);
        assertThat(cat.text()).hasSize(999 * 17);
        assertThat(new String(file)).startsWith(cat.text());
        Cli.Result rest = Cli.run("cat", store(), 1, "--skip-damaged");
        rest.failed(1);
        assertThat(rest.text()).isEqualTo("a line of a file\n".repeat(1999));
    }

    @Test
    void aDamagedPlaceNamesAllEntriesThatItCosts() throws Exception {
        // Two ledgers in the same frames.
        try (LedgerEngine engine = LedgerEngine.open(store())) {
            for (int i = 0; i < 10; i++) {
                WriteBatch batch = new WriteBatch();
                for (int j = 0; j < 10; j++) {
                    batch.append(j % 2 + 1, i * 5 + j / 2, Unpooled.wrappedBuffer("a line of a file".getBytes()));
                }
                engine.write(batch).join();
            }
        }
        Path segment = largest(store().resolve("journal"));
        // A block that the device lost: with it goes all of the fourth frame.
        long inside = position(segment, "a line of a file", 31);
        try (RandomAccessFile access = new RandomAccessFile(segment.toFile(), "rw")) {
            access.seek(inside - inside % 4096);
            access.write(new byte[4096]);
        }
        Cli.Result verified = Cli.run("verify", store());
        assertThat(verified.status()).isEqualTo(1);
        assertThat(verified.lines().get(0))
                .contains("damaged: " + segment, "; cannot be read: ledger 1 entries 15-19, ledger 2 entries 15-19");
        assertThat(verified.lines()).hasSize(2);
    }

    @Test
    void damageIsInTheExitCodeAlsoWhereNobodyReadsToTheEnd() throws Exception {
        Cli.run("a line of a file\n".repeat(8000).getBytes(), "put", store(), 1).good();
        Path segment = largest(store().resolve("journal"));
        String content = new String(Files.readAllBytes(segment), StandardCharsets.ISO_8859_1);
        int at = -1;
        for (int line = 0; line < 8000; line++) {
            at = content.indexOf("a line of a file", at + 1);
            if (line % 2 == 0) {
                flip(segment, at);
            }
        }
        // More than is kept back before it is written: so the pipe breaks while it is told, not behind that.
        assertThat(Cli.run("verify", store()).out()).hasSizeGreaterThan(1 << 16);
        Path target = directory.resolve("salvaged");
        for (String command :
                List.of("verify DIR", "verify DIR --json", "verify DIR --deep", "salvage DIR " + target)) {
            Cli.Result head = Cli.runForReaderOf(
                    10, (Object[]) command.replace("DIR", store().toString()).split(" "));
            assertThat(head.out()).as(command).hasSize(10);
            assertThat(head.err()).as(command).isEmpty();
            assertThat(head.status()).as(command).isEqualTo(1);
        }
        assertThat(Cli.run("cat", target, 1).good().text()).hasSize(4000 * 17);
        Cli.Result cat = Cli.runForReaderOf(10, "cat", store(), 1, "--skip-damaged");
        assertThat(cat.text()).isEqualTo("a line of ");
        assertThat(cat.status()).isEqualTo(1);
        // Nothing was left out before the reader went away.
        assertThat(Cli.runForReaderOf(10, "cat", target, 1).good().text()).isEqualTo("a line of ");
    }

    @Test
    void theIndexIsMadeAnew() throws Exception {
        makeStore();
        List<String> before = Cli.run("ledgers", store(), "--json").good().lines();
        assertThat(Cli.run("rebuild-index", store()).good().text()).startsWith("rebuilt: 3 ledgers, 11 entries");
        assertThat(Cli.run("ledgers", store(), "--json").good().lines()).isEqualTo(before);
        assertThat(Cli.run("rebuild-index", store(), "--json").good().text())
                .startsWith("{\"ledgers\":3,\"entries\":11,\"records\":");

        deleteTree(store().resolve("index"));
        assertThat(Cli.run("verify", store(), "--deep").good().text())
                .startsWith("note: there is no index; the next open builds it from the segments");
        assertThat(Cli.run("ledgers", store(), "--json").lines()).isEqualTo(before);
        Cli.run("verify", store()).good();
    }

    @Test
    void aStoreThatIsOpenInThisProcess() {
        makeStore();
        String pid = Long.toString(ProcessHandle.current().pid());
        try (LedgerEngine engine = LedgerEngine.open(store())) {
            for (String command : List.of("put", "cat", "delete")) {
                Cli.run(command, store(), 3).failed(2, pid);
            }
            for (String command : List.of("ledgers", "verify", "rebuild-index")) {
                Cli.run(command, store()).failed(2, pid);
            }
            Cli.run("inspect", store()).good();
            assertThat(Cli.run("cat", store(), 3, "--limit", 1, "--read-only")
                            .good()
                            .text())
                    .isEqualTo("entry 0\n");
            assertThat(engine.entryCount(3)).isEqualTo(10);
        }
        Cli.run("verify", store()).good();
    }

    private static Path largest(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> contains(file, "a line of a file"))
                    .max(Comparator.comparing(file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            return false;
        }
    }

    private static long position(Path file, String text, int occurrence) throws IOException {
        String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        int at = -1;
        for (int i = 0; i < occurrence; i++) {
            at = content.indexOf(text, at + 1);
        }
        return at;
    }

    private static void flip(Path file, long position) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(position);
            int old = access.read();
            access.seek(position);
            access.write(old ^ 1);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
