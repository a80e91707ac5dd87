package io.daybook.engine.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.daybook.testing.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One system call fails, once. The engine stops taking changes, names the cause, reads on, and closes; the next open holds all
 * that was acknowledged, and all that could be read meanwhile.
 */
@Tag("process")
class FailingCallTest {
    private static final long ENDED_NANOS = 60_000_000_000L;
    private static final long CHANGES = 20_000;
    /** Whoever has written beyond a limit when it comes meets it with no byte written: two of three. */
    private static final int LIMITS_MAX = 60;

    @TempDir
    private Path directory;

    /** What fails. */
    enum Fault {
        /** F6: the pages are clean now, so a second sync would say that all is well. */
        SYNC("fdatasync", "error=EIO", 40, "Input/output error"),
        WRITE("pwrite64", "error=EIO", 40, "Input/output error"),
        /** F10: nothing was written, and no error told. */
        WRITE_OF_NOTHING("pwrite64", "retval=0", 40, "returned 0"),
        /** F7. */
        FULL("pwrite64", "error=ENOSPC", 40, "No space left"),
        MANIFEST_WRITE("pwrite64", "error=EIO", 3, "Input/output error"),
        MANIFEST_SYNC("fdatasync,fsync", "error=EIO", 3, "Input/output error"),
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

        /** What meets a full disk may try again later, so that nobody is told. */
        boolean isFull() {
            return how.contains("ENOSPC");
        }

        boolean isManifest() {
            return name().startsWith("MANIFEST");
        }

        boolean isIndex() {
            return name().startsWith("INDEX");
        }
    }

    @Test
    @Timeout(300)
    void eachOnce() throws Exception {
        fail(Integer.getInteger("daybook.faults", 1));
    }

    @Test
    @Tag("proof")
    @Timeout(900)
    void eachFourTimes() throws Exception {
        fail(Integer.getInteger("daybook.proof.faults", 4));
    }

    private void fail(int times) throws Exception {
        Tracer.assumeAvailable("a failing system call");
        long seed = Seeds.of("FailingCallTest");
        SplittableRandom random = new SplittableRandom(seed);
        Path store = directory.resolve("store");
        CrashRun run = new CrashRun(directory, store, seed).check(false).flushOften();
        // The store is made beforehand: what fails then is an append, not the first open.
        run.changes(2000).next(child -> child.awaitEnd(ENDED_NANOS));
        run.changes(CHANGES);
        Map<Fault, Long> injected = new EnumMap<>(Fault.class);
        int failed = 0;
        int refused = 0;
        for (int i = 0; i < times; i++) {
            for (Fault fault : Fault.values()) {
                int number = 1 + random.nextInt(fault.numberMax);
                String where = fault + " " + number + ", seed " + seed;
                Tracer tracer = tracer(fault, store);
                CrashRun.Child child = run.tracer(tracer.fail(fault.call, fault.how, number))
                        .next(running -> running.awaitEnd(ENDED_NANOS));
                if (tracer.injected() == 0) {
                    // A child that shared its syncs well made fewer such calls: then its first one fails in the next
                    // child.
                    tracer = tracer(fault, store);
                    child = run.tracer(tracer.fail(fault.call, fault.how, 1))
                            .next(running -> running.awaitEnd(ENDED_NANOS));
                }
                assertThat(tracer.injected())
                        .as("calls that failed, %s; the child said %s", where, child.reports())
                        .isPositive();
                injected.merge(fault, tracer.injected(), Long::sum);
                if (child.has(Report.Kind.REFUSED)) {
                    assertThat(child.report(Report.Kind.REFUSED).text())
                            .as(where)
                            .contains(fault.told);
                    refused++;
                } else {
                    assertThat(child.has(Report.Kind.ENDED))
                            .as("it closed, %s: %s", where, run.stderr())
                            .isTrue();
                    failed += told(child, fault, where) ? 1 : 0;
                }
            }
        }
        run.look();
        System.out.printf(
                "calls that failed: %s; engines failed: %d; opens refused: %d; acknowledged changes checked: %d;"
                        + " entries compared: %d; entries lost: 0%n",
                injected, failed, refused, run.acknowledged(), run.entries());
    }

    private Tracer tracer(Fault fault, Path store) throws IOException {
        Tracer tracer = new Tracer(directory);
        if (fault.isIndex()) {
            tracer.indexLog(store);
        } else if (fault.isManifest()) {
            tracer.manifest(store);
        } else {
            tracer.segments(store);
        }
        return tracer;
    }

    private static boolean told(CrashRun.Child child, Fault fault, String where) {
        Report report = child.report(Report.Kind.FAILED);
        if (report == null) {
            assertThat(fault.isFull()).as("nothing was told, %s", where).isTrue();
            return false;
        }
        if (!fault.isFull()) {
            assertThat(report.text()).as(where).startsWith("RED").contains("EngineFailedException");
        }
        if (fault.isFull() && report.text().contains("DiskFullException")) {
            return true;
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
        SplittableRandom random = new SplittableRandom(seed);
        CrashRun run = new CrashRun(directory, directory.resolve("store"), seed).check(false);
        int cut = 0;
        for (int i = 0; i < LIMITS_MAX && cut < 2; i++) {
            // Not at the end of a sector, let alone of a block.
            String limit = Integer.toString(random.nextInt(20_000, 250_000) | 1);
            CrashRun.Child child = run.next(running -> {
                running.awaitAcknowledged(random.nextInt(1, 60));
                Command.Ran limited = Command.run(
                        Duration.ofSeconds(30),
                        List.of("prlimit", "--pid", Long.toString(running.pid()), "--fsize=" + limit + ":" + limit));
                assertThat(limited.status()).as(limited.output()).isZero();
                running.awaitEnd(ENDED_NANOS);
            });
            assertThat(child.has(Report.Kind.ENDED)).as(run.stderr()).isTrue();
            String told = child.report(Report.Kind.FAILED).text();
            assertThat(told).startsWith("RED").contains("File too large").contains("EngineFailedException");
            // The rest of a write begins where the limit is.
            cut += told.contains("bytes at " + limit) ? 1 : 0;
        }
        run.look();
        assertThat(cut).as("short writes, seed %d", seed).isPositive();
        System.out.println(
                "short writes: " + cut + "; acknowledged changes checked: " + run.acknowledged() + "; entries lost: 0");
    }

    private static boolean has(String command) {
        boolean there = Files.isExecutable(Path.of("/usr/bin", command));
        if (!there) {
            System.out.println("SKIPPED: a write that is cut short: there is no " + command);
        }
        return there;
    }
}
