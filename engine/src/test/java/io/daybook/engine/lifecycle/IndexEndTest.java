package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.DirectoryLockedException;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.ShutdownReport.Outcome;
import io.daybook.index.IndexException;
import io.daybook.lease.Hold;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of the index inside of an engine: what happens in which order, and that nothing has to be replayed. */
@Timeout(60)
class IndexEndTest {
    private static final int ENTRIES = 3000;

    @TempDir
    Path directory;

    @Test
    @Tag("B3")
    @Tag("D4")
    void holdsAndGaugesGoThenTheOwnerFlushesAndSyncsThenTheDatabaseThenTheLock() throws Exception {
        ClosingRig rig = new ClosingRig(directory.resolve("store"), "order").deadline(Duration.ofSeconds(20));
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, ENTRIES);
        assertThat(rig.samples()).isNotEmpty();
        List<String> found = new ArrayList<>();
        rig.indexLease.onEnd("probe", () -> found.add("new hold " + (rig.indexLease.tryAcquire() != null)));
        rig.fault(event -> {
            String call = event.substring(event.indexOf(": ") + 2);
            if (event.startsWith("daybook-order-FLUSH_INDEX") || event.startsWith("daybook-order-CLOSE_NATIVE")) {
                found.add(call
                        + (rig.indexLease.isEnded() ? "" : " in use")
                        + (rig.samples().isEmpty() ? "" : " with gauges"));
            } else if (event.startsWith("daybook-order-RELEASE_DIRECTORY") && call.equals("unlock")) {
                found.add(call);
            }
        });
        ShutdownReport report = engine.shutdown();
        assertThat(report.clean()).as("%s", report).isTrue();
        assertThat(found)
                .containsExactly(
                        "new hold false",
                        "WRITE",
                        "SYNC_LOG",
                        "END_BACKGROUND_WORK",
                        "CHILDREN",
                        "CLOSE_DATABASE",
                        "FREE_OPTIONS",
                        "unlock",
                        "unlock");
        rig.assertGone();
    }

    @Test
    @Tag("A5")
    void withTheLogInManualModeCloseThenOpenReplaysNothing() throws Exception {
        ClosingRig rig = new ClosingRig(directory.resolve("store"), "manual")
                .manualWalFlush()
                .deadline(Duration.ofSeconds(20));
        try (LedgerEngine engine = rig.open()) {
            ClosingRig.appendAll(engine, 1, ENTRIES);
        }
        try (LedgerEngine engine = rig.open()) {
            assertThat(rig.replayedRecords()).isZero();
            assertThat(engine.entryCount(1)).isEqualTo(ENTRIES);
            assertThat(ClosingRig.read(engine, 1, ENTRIES - 1)).isEqualTo("entry " + (ENTRIES - 1));
        }
    }

    @Test
    @Tag("A5")
    @Tag("D1")
    void withAHoldLeftTheFlushIsDurableAllTheSameAndOnlyTheDatabaseIsLeaked() throws Exception {
        Path store = directory.resolve("store");
        ClosingRig rig = new ClosingRig(store, "leak").manualWalFlush().deadline(Duration.ofSeconds(2));
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, ENTRIES);
        Hold hold = rig.indexLease.tryAcquire();
        ShutdownReport report = engine.shutdown();
        assertThat(ClosingRig.stage(report, Stage.DEREGISTER_STATS).outcome()).isEqualTo(Outcome.OVERRAN);
        assertThat(ClosingRig.stage(report, Stage.DEREGISTER_STATS).detail())
                .contains("native memory is left alone")
                .contains(Thread.currentThread().getName())
                .contains("IndexEndTest");
        assertThat(ClosingRig.stage(report, Stage.FLUSH_INDEX).outcome()).isEqualTo(Outcome.DONE);
        assertThat(ClosingRig.stage(report, Stage.CLOSE_NATIVE).outcome()).isEqualTo(Outcome.SKIPPED);
        assertThat(ClosingRig.stage(report, Stage.RELEASE_DIRECTORY).outcome()).isEqualTo(Outcome.SKIPPED);
        assertThat(rig.samples()).as("the metrics are gone all the same").isEmpty();
        assertThat(rig.events).noneMatch(event -> event.endsWith("CLOSE_DATABASE"));

        // What a process that ended now would leave behind.
        Path copy = directory.resolve("copy");
        copy(store, copy);
        ClosingRig other = new ClosingRig(copy, "copy");
        try (LedgerEngine again = other.open()) {
            assertThat(other.replayedRecords()).isZero();
            assertThat(again.entryCount(1)).isEqualTo(ENTRIES);
        }

        hold.close();
        rig.assertGone();
        assertThat(rig.events).anyMatch(event -> event.endsWith("CLOSE_DATABASE"));
        ClosingRig.assertEntries(store, 1, ENTRIES);
    }

    @Test
    @Tag("D1")
    void anIndexThatIsOnlyReadForWantOfRoomIsLeftAloneToo() throws Exception {
        Path store = directory.resolve("store");
        try (LedgerEngine engine = new ClosingRig(store, "before").open()) {
            ClosingRig.appendAll(engine, 1, ENTRIES);
        }
        ClosingRig rig = new ClosingRig(store, "waiting")
                .deadline(Duration.ofSeconds(4))
                .fault(event -> {
                    if (event.endsWith("open index")) {
                        throw new IndexException(IndexException.Kind.NO_SPACE, "no room", null);
                    }
                });
        LedgerEngine engine = rig.open();
        assertThat(ClosingRig.read(engine, 1, ENTRIES - 1)).isEqualTo("entry " + (ENTRIES - 1));
        Hold hold = rig.indexLease.tryAcquire();
        ShutdownReport report = engine.shutdown();
        assertThat(report.state()).isEqualTo(ShutdownReport.State.FORCED);
        assertThat(ClosingRig.stage(report, Stage.CLOSE_NATIVE).outcome()).isEqualTo(Outcome.OVERRAN);
        assertThat(ClosingRig.stage(report, Stage.RELEASE_DIRECTORY).outcome()).isEqualTo(Outcome.SKIPPED);
        rig.awaitNoThread();
        assertThat(rig.events).noneMatch(event -> event.endsWith("CLOSE_DATABASE"));
        assertThatThrownBy(() -> LedgerEngine.open(rig.config().name("next").build()))
                .isInstanceOf(DirectoryLockedException.class);
        hold.close();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
