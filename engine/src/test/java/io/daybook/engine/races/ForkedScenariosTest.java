package io.daybook.engine.races;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.TestEngines;
import io.daybook.index.IndexOptions;
import io.daybook.index.RocksLocationIndex;
import io.daybook.lease.Lease;
import io.daybook.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Closing where a mistake ends the JVM, or where the JVM ends anyway. */
@Timeout(180)
class ForkedScenariosTest {
    private static final int COMPACTION_TRIES = 5;

    @TempDir
    Path directory;

    private Path store;

    @BeforeEach
    void name() {
        store = directory.resolve("store");
    }

    @Test
    @Tag("A4")
    void closeWhileACompactionRuns() throws Exception {
        for (int i = 1; i <= COMPACTION_TRIES; i++) {
            ForkedJvm.Result result = new ForkedJvm(directory, IndexCloseChild.class)
                    .run("compaction", directory.resolve("index-" + i))
                    .good();
            System.out.println(result.lines().get(0));
            if (result.lines().get(0).startsWith("running true, compaction CLOSED")) {
                return;
            }
        }
        throw new AssertionError("no compaction was running when its index was closed");
    }

    @Test
    @Tag("A5")
    void whatTheLogHoldsInMemoryIsThereAfterAClose() throws Exception {
        new ForkedJvm(directory, IndexCloseChild.class)
                .run("unsynced-close", store)
                .good();
        assertThat(found()).isEqualTo(IndexCloseChild.ENTRIES);
    }

    /** Otherwise the test above would show nothing. */
    @Test
    @Tag("A5")
    void whatTheLogHoldsInMemoryIsGoneWithoutAClose() throws Exception {
        new ForkedJvm(directory, IndexCloseChild.class)
                .run("unsynced-halt", store)
                .good();
        assertThat(found()).isZero();
    }

    private long found() {
        try (RocksLocationIndex index = RocksLocationIndex.open(store, IndexOptions.defaults(), new Lease("index"))) {
            long found = 0;
            for (int i = 0; i < IndexCloseChild.ENTRIES; i++) {
                found += index.find(1, 1, i) == null ? 0 : 1;
            }
            return found;
        }
    }

    @Test
    @Tag("A5")
    void aSyncOfTheIndexThatFailsAtCloseIsReportedAndLosesNothing() throws Exception {
        requireTracer();
        // The first open of an index syncs its log too, so the second one is traced. Its log has the same name each
        // time.
        Path twin = directory.resolve("twin");
        for (Path untraced : List.of(twin, twin, store)) {
            new ForkedJvm(directory, IndexCloseChild.class)
                    .run("engine", Files.createDirectories(untraced))
                    .good();
        }
        String log;
        try (Stream<Path> files = Files.list(twin.resolve("index"))) {
            log = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".log"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
        ForkedJvm.Result result = new ForkedJvm(directory, IndexCloseChild.class)
                .under(List.of(
                        "strace",
                        "-f",
                        "-qq",
                        "-o",
                        directory.resolve("trace").toString(),
                        "-P",
                        store.resolve("index").resolve(log).toString(),
                        "-e",
                        "inject=fdatasync,fsync:error=EIO"))
                .run("engine", store)
                .good();
        String trace = Files.readString(directory.resolve("trace"));
        assertThat(trace).as("a sync of the log failed").contains("EIO");
        assertThat(result.lines()).as("%s", trace).contains("FORCED");
        assertThat(result.lines())
                .anySatisfy(line ->
                        assertThat(line).startsWith("FLUSH_INDEX FAILED").containsIgnoringCase("error"));
        assertThat(result.lines()).anySatisfy(line -> assertThat(line).startsWith("RELEASE_DIRECTORY DONE"));
        try (LedgerEngine engine = LedgerEngine.open(store)) {
            assertThat(engine.entryCount(1)).isEqualTo(2 * IndexCloseChild.ENTRIES);
            for (int i = 0; i < 2 * IndexCloseChild.ENTRIES; i++) {
                engine.read(1, i).release();
            }
            assertThat(engine.shutdown().clean()).isTrue();
        }
    }

    private void requireTracer() throws InterruptedException {
        String why;
        try {
            Process tried = new ProcessBuilder("strace", "-f", "-qq", "-e", "inject=fdatasync:error=EIO", "true")
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("tracer").toFile())
                    .start();
            if (tried.waitFor(30, TimeUnit.SECONDS) && tried.exitValue() == 0) {
                return;
            }
            why = "strace does not work here";
        } catch (IOException e) {
            why = "there is no strace";
        }
        System.out.println("SKIPPED: a failing sync of the index at close: " + why);
        abort(why);
    }

    @Test
    @Tag("A7")
    void everyMethodAfterCloseSaysSoAtOnce() throws Exception {
        ForkedJvm.Result result =
                new ForkedJvm(directory, AfterCloseChild.class).run(store).good();
        assertThat(Integer.parseInt(result.lines().get(0).split(" ")[0])).isGreaterThan(60);
    }

    @Test
    @Tag("A9")
    void aShutdownHookClosesUnderFourWorkers() throws Exception {
        ForkedJvm.Result result =
                new ForkedJvm(directory, HookChild.class).run(store).good();
        TestEngines opened =
                TestEngines.openKeepingParts(EngineConfig.builder(store).build());
        try (LedgerEngine engine = opened.engine()) {
            assertThat(engine.entryCount(1))
                    .isGreaterThanOrEqualTo(Long.parseLong(result.lines().get(0)));
            assertThat(opened.replayedRecords()).as("closed in order").isZero();
        }
    }
}
