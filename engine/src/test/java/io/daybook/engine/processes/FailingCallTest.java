package io.daybook.engine.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One system call fails, once. The engine stops taking changes, names the cause, reads on, and closes; the next open holds all
 * that was acknowledged, and all that could be read meanwhile.
 */
@Tag("process")
class FailingCallTest {
    private static final long ENDED_NANOS = 60_000_000_000L;
    private static final long CHANGES = 20_000;

    @TempDir
    private Path directory;

    /** What fails. */
    enum Fault {
        /** F6: the pages are clean now, so a second sync would say that all is well. */
        SYNC("fdatasync", "error=EIO", 120, "Input/output error"),
        WRITE("pwrite64", "error=EIO", 120, "Input/output error"),
        /** F10: nothing was written, and no error told. */
        WRITE_OF_NOTHING("pwrite64", "retval=0", 120, "returned 0"),
        /** F7: the engine may get over it, as a full disk is no failure. */
        FULL("pwrite64", "error=ENOSPC", 120, "No space left"),
        /** The log of the index: the journal is whole, the index failed. */
        INDEX_SYNC("fdatasync", "error=EIO", 3, "index"),
        INDEX_WRITE("write", "error=EIO", 20, "index"),
        INDEX_FULL("write", "error=ENOSPC", 20, "index");

        private final String call;
        private final String how;
        private final int numberMax;
        private final String told;

        Fault(String call, String how, int numberMax, String told) {
            this.call = call;
            this.how = how;
            this.numberMax = numberMax;
            this.told = told;
        }

        boolean isIndex() {
            return name().startsWith("INDEX");
        }
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(300)
    void once(Fault fault) throws Exception {
        fail(fault, 1);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("proof")
    @Timeout(900)
    void sixTimes(Fault fault) throws Exception {
        fail(fault, 6);
    }

    private void fail(Fault fault, int times) throws Exception {
        Tracer.assumeAvailable("a failing system call, " + fault);
        long seed = Seeds.of("FailingCallTest");
        SplittableRandom random = new SplittableRandom(seed);
        Path store = directory.resolve("store");
        CrashRun run = new CrashRun(directory, store, seed).changes(CHANGES).flushOften();
        // The store is made beforehand: what fails then is an append, not the first open.
        run.changes(2000).next(child -> child.awaitEnd(ENDED_NANOS));
        run.changes(CHANGES);
        int injected = 0;
        int failed = 0;
        int refused = 0;
        for (int i = 0; i < times; i++) {
            Tracer tracer = new Tracer(directory);
            if (fault.isIndex()) {
                tracer.indexLog(store);
            } else {
                tracer.segments(store);
            }
            int number = 1 + random.nextInt(fault.numberMax);
            CrashRun.Child child = run.tracer(tracer.fail(fault.call, fault.how, number))
                    .next(running -> running.awaitEnd(ENDED_NANOS));
            String where = fault + " " + number + ", seed " + seed;
            assertThat(tracer.injected()).as("calls that failed, %s", where).isPositive();
            injected += (int) tracer.injected();
            if (child.has(Report.Kind.REFUSED)) {
                assertThat(child.report(Report.Kind.REFUSED).text()).as(where).contains(fault.told);
                refused++;
            } else {
                assertThat(child.has(Report.Kind.ENDED)).as("it closed, %s: %s", where, run.stderr()).isTrue();
                failed += told(child, fault, where) ? 1 : 0;
            }
        }
        run.look();
        System.out.printf(
                "%s: calls failed: %d; engines failed: %d; opens refused: %d; acknowledged changes checked: %d; entries"
                        + " lost: 0%n",
                fault, injected, failed, refused, run.acknowledged());
    }

    private static boolean told(CrashRun.Child child, Fault fault, String where) {
        Report report = child.report(Report.Kind.FAILED);
        if (report == null) {
            // What prepares the next segment meets a full disk, and tries again later.
            assertThat(fault).as(where).isIn(Fault.FULL);
            return false;
        }
        if (fault != Fault.FULL) {
            assertThat(report.text()).as(where).startsWith("RED").contains("EngineFailedException");
        }
        assertThat(report.text()).as(where).contains(fault.told).doesNotContain("unknown");
        return true;
    }

    /** F10: a write that is cut short by a limit on the length of files, and fails where it goes on. */
    @Test
    @Timeout(300)
    void aWriteIsCutShort() throws Exception {
        assumeTrue(has("prlimit"), "there is no prlimit");
        long seed = Seeds.of("FailingCallTest");
        CrashRun run = new CrashRun(directory, directory.resolve("store"), seed);
        CrashRun.Child child = run.next(running -> {
            running.awaitFound();
            Process limited = new ProcessBuilder(
                            "prlimit", "--pid", Long.toString(running.pid()), "--fsize=150001:150001")
                    .inheritIO()
                    .start();
            assertThat(limited.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(limited.exitValue()).isZero();
            running.awaitEnd(ENDED_NANOS);
        });
        assertThat(child.has(Report.Kind.ENDED)).as(run.stderr()).isTrue();
        assertThat(child.report(Report.Kind.FAILED).text())
                .startsWith("RED")
                .contains("File too large")
                .contains("EngineFailedException");
        run.look();
        System.out.println("short write: acknowledged changes checked: " + run.acknowledged() + "; entries lost: 0");
    }

    private static boolean has(String command) {
        boolean there = Files.isExecutable(Path.of("/usr/bin", command));
        if (!there) {
            System.out.println("SKIPPED: a write that is cut short: there is no " + command);
        }
        return there;
    }
}
