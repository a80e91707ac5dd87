package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes in comes out, byte for byte. */
class PutCatTest {
    private static final long SEED = Long.getLong("daybook.seed", System.nanoTime());

    @TempDir
    private Path directory;

    private Path store() {
        return directory.resolve("store");
    }

    private void goesInAndComesOut(byte[] bytes, long ledger, String... options) {
        Object[] args = new Object[3 + options.length];
        args[0] = "put";
        args[1] = store();
        args[2] = ledger;
        System.arraycopy(options, 0, args, 3, options.length);
        assertThat(Cli.run(bytes, args).good().out()).isEmpty();
        comesOut(ledger, bytes);
    }

    private void comesOut(long ledger, byte[] bytes) {
        byte[] out = Cli.run("cat", store(), ledger).good().out();
        // Not isEqualTo, which would print both arrays.
        assertThat(Arrays.mismatch(out, bytes))
                .as("first difference of " + out.length + " and " + bytes.length + " bytes, seed " + SEED)
                .isEqualTo(-1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void filesOfAllShapes() {
        System.out.println("PutCatTest seed " + SEED + " (-Ddaybook.seed)");
        Random random = new Random(SEED);
        goesInAndComesOut(bytes("one\ntwo\nthree\n"), 0);
        goesInAndComesOut(bytes("one\ntwo\nno end"), 1);
        goesInAndComesOut(bytes("a\r\nb\r\n\r\nlone \r return\r\n"), 2);
        goesInAndComesOut(bytes("\n\n\n"), 3);
        goesInAndComesOut(bytes("x"), Long.MAX_VALUE);
        byte[] binary = new byte[1_000_003];
        random.nextBytes(binary);
        goesInAndComesOut(binary, 4, "--format", "raw");
        goesInAndComesOut(binary, 5, "--format", "raw", "--entry-bytes", "1000");
        goesInAndComesOut(binary, 6, "--format", "RAW", "--entry-bytes", "4MiB");
        goesInAndComesOut(binary, 7);
        goesInAndComesOut(Arrays.copyOf(binary, 8192), 8, "--format", "raw", "--entry-bytes", "4KiB");
        assertThat(entries(4)).isEqualTo(16);
        assertThat(entries(5)).isEqualTo(1001);
        assertThat(entries(6)).isEqualTo(1);
        assertThat(entries(8)).isEqualTo(2);
        assertThat(entries(2)).isEqualTo(4);
    }

    @Test
    void anEmptyFileMakesAnEmptyLedger() {
        assertThat(Cli.run("put", store(), 7, "--ack").good().text()).isEqualTo("0\n");
        comesOut(7, new byte[0]);
        assertThat(entries(7)).isZero();
        goesInAndComesOut(bytes("now something\n"), 7);
        Cli.run("put", store(), 7).good();
        comesOut(7, bytes("now something\n"));
    }

    @Test
    void linesLongerThanABlockOfStdin() {
        Random random = new Random(SEED);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        for (int length :
                new int[] {0, Intake.BLOCK_BYTES - 1, Intake.BLOCK_BYTES, Intake.BLOCK_BYTES + 1, 10, 5 << 20}) {
            byte[] line = new byte[length];
            for (int i = 0; i < length; i++) {
                line[i] = (byte) ('a' + random.nextInt(26));
            }
            file.writeBytes(line);
            file.write('\n');
        }
        goesInAndComesOut(file.toByteArray(), 1);
        assertThat(entries(1)).isEqualTo(6);
    }

    @Test
    void twoHundredThousandLinesWithAcknowledgements() throws Exception {
        Random random = new Random(SEED);
        StringBuilder file = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            file.append(i).append(' ').append("x".repeat(random.nextInt(60))).append('\n');
        }
        // In processes of their own, on real files, and without the leak detection that watches each buffer here.
        Path in = Files.writeString(directory.resolve("in"), file);
        Path out = directory.resolve("out");
        Path acks = directory.resolve("acks");
        assertThat(Cli.runOnFiles(in, acks, "put", store(), 7, "--ack")).isZero();
        List<Long> counts =
                Files.readAllLines(acks).stream().map(Long::parseLong).toList();
        assertThat(counts).isSorted().doesNotHaveDuplicates().endsWith(200_000L);
        assertThat(Cli.runOnFiles(Path.of("/dev/null"), out, "cat", store(), 7)).isZero();
        assertThat(Files.mismatch(in, out)).isEqualTo(-1);
    }

    @Test
    void aSecondPutGoesOnBehindTheLastEntry() {
        goesInAndComesOut(bytes("one\ntwo"), 7);
        assertThat(Cli.run(bytes(" and more\nthree\n"), "put", store(), 7, "--ack")
                        .good()
                        .text())
                .endsWith("2\n");
        comesOut(7, bytes("one\ntwo and more\nthree\n"));
        assertThat(Cli.run(bytes("four\n"), "put", store(), 7, "--json").good().text())
                .isEqualTo("{\"ledger\":7,\"first\":4,\"entries\":1,\"bytes\":5}\n");
        assertThat(Cli.run("cat", store(), 7, "--from", 4).good().text()).isEqualTo("four\n");
    }

    @Test
    void aRangeOfEntries() {
        Cli.run(bytes("0\n1\n2\n3\n4\n"), "put", store(), 7).good();
        assertThat(Cli.run("cat", store(), 7, "--from", 1, "--to", 3).good().text())
                .isEqualTo("1\n2\n3\n");
        assertThat(Cli.run("cat", store(), 7, "--from", 1, "--limit", 2).good().text())
                .isEqualTo("1\n2\n");
        assertThat(Cli.run("cat", store(), 7, "--limit", 0).good().out()).isEmpty();
        assertThat(Cli.run("cat", store(), 7, "--limit", Long.MAX_VALUE).good().text())
                .hasSize(10);
        assertThat(Cli.run("cat", store(), 7, "--from", 0, "--to", 0).good().text())
                .isEqualTo("0\n");
        assertThat(Cli.run("cat", store(), 7, "--from", 5).good().out()).isEmpty();
        assertThat(Cli.run("cat", store(), 7, "--from", Long.MAX_VALUE - 1, "--to", Long.MAX_VALUE - 1)
                        .good()
                        .out())
                .isEmpty();
        assertThat(Cli.run("cat", store(), 7, "--to", 1, "--json").good().text())
                .isEqualTo(
                        "{\"entry\":0,\"bytes\":2,\"base64\":\"MAo=\"}\n{\"entry\":1,\"bytes\":2,\"base64\":\"MQo=\"}\n");
        assertThat(Cli.run("cat", store(), 7, "--read-only").good().text()).isEqualTo("0\n1\n2\n3\n4\n");
    }

    @Test
    void aLineOverTheLimitStopsThere() {
        byte[] input = bytes("good\n" + "y".repeat(99) + "\n" + "x".repeat(100) + "\nnever\n");
        Cli.Result result = Cli.run(input, "put", store(), 7, "--entry-bytes-max", 100, "--ack");
        result.failed(2, "line 3", "100 bytes");
        assertThat(result.text()).endsWith("2\n");
        comesOut(7, bytes("good\n" + "y".repeat(99) + "\n"));

        Cli.run(bytes("x".repeat(100)), "put", store(), 8, "--entry-bytes-max", 99)
                .failed(2, "line 1", "99 bytes");
        Cli.run("cat", store(), 8).failed(1, "ledger 8 does not exist");
        goesInAndComesOut(bytes("x".repeat(100)), 8, "--entry-bytes-max", "100");
    }

    @Test
    void inputThatFailsKeepsWhatWentBefore() {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the network is down");
            }
        };
        InputStream input = new SequenceInputStream(new ByteArrayInputStream(bytes("one\ntwo\nthr")), failing);
        Cli.Result result = Cli.run(input, "put", store(), 7, "--ack");
        result.failed(3, "cannot read stdin", "the network is down");
        assertThat(result.text()).endsWith("2\n");
        comesOut(7, bytes("one\ntwo\n"));
    }

    @ParameterizedTest
    @MethodSource
    void whateverEndsTheInputBeforeItsEndIsNoEnd(Throwable thrown, String about) {
        InputStream failing = new InputStream() {
            @Override
            public int read() {
                if (thrown instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) thrown;
            }
        };
        InputStream input = new SequenceInputStream(new ByteArrayInputStream(bytes("one\ntwo\nthr")), failing);
        Cli.Result result = Cli.run(input, "put", store(), 7, "--ack");
        result.failed(3, "cannot read stdin", about);
        assertThat(result.text()).endsWith("2\n");
        comesOut(7, bytes("one\ntwo\n"));
    }

    static Stream<Arguments> whateverEndsTheInputBeforeItsEndIsNoEnd() {
        return Stream.of(
                Arguments.of(new OutOfMemoryError("Java heap space"), "out of memory"),
                Arguments.of(new StackOverflowError(), "StackOverflowError"),
                Arguments.of(new IllegalStateException("a filter failed"), "a filter failed"));
    }

    @Test
    void smallSegmentsAndSmallMemory() {
        String file =
                LongStream.range(0, 20_000).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
        goesInAndComesOut(bytes(file), 1, "--segment-bytes", "64KiB");
        goesInAndComesOut(bytes(file), 2, "--memory", "16MiB");
    }

    @Test
    void aLedgerThatIsNotThere() {
        Cli.run(bytes("x"), "put", store(), 1).good();
        Cli.run("cat", store(), 2).failed(1, "ledger 2 does not exist");
        Cli.run("cat", store(), 2, "--read-only").failed(1, "ledger 2 does not exist");
        Cli.run("delete", store(), 2).failed(1, "ledger 2 does not exist");
    }

    @Test
    void aDirectoryWhoseNameIsLong() throws Exception {
        Path parent = Files.createDirectory(directory.resolve("p".repeat(200)));
        Path longName = parent.resolve("d".repeat(200));
        Cli.run(bytes("x\n"), "put", longName, 1).good();
        assertThat(Cli.run("cat", longName, 1).good().text()).isEqualTo("x\n");
    }

    private long entries(long ledger) {
        return Cli.run("cat", store(), ledger, "--json").good().lines().size();
    }
}
