package io.daybook.engine.processes;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.testing.ForkedJvm;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * One store and the children that come to it one after the other, each of which ends badly. Keeps what was acknowledged, and
 * tells the next child. <b>Confined to one thread.</b>
 */
final class CrashRun {
    private static final long PATIENCE_NANOS = 120_000_000_000L;
    private static final long READER_MILLIS = 10_000;
    private static final int TEXT_MAX = 8_000;

    /** No end but the one that comes from outside. */
    static final long ENDLESS = Long.MAX_VALUE;

    private final Path scratch;
    private final Path store;
    private final SplittableRandom random;
    private final String name;
    private final List<String> tracer = new ArrayList<>();
    private Orders.Disk disk = Orders.Disk.SYNC;
    private boolean check = true;
    private long changes = ENDLESS;
    private int flushOneIn = 5_000;
    private Story story = new Story(List.of());

    // Figures.
    private long children;
    private long acknowledged;
    private long entries;

    /**
     * A store that is not there yet.
     *
     * @param scratch an existing directory for what children leave behind
     * @param seed of everything
     */
    CrashRun(Path scratch, Path store, long seed) {
        this.scratch = scratch;
        this.store = store;
        this.random = new SplittableRandom(seed);
        this.name = "seed " + seed + " (-Ddaybook.seed)";
    }

    /** What the next children stand on. */
    CrashRun disk(Orders.Disk value) {
        disk = value;
        return this;
    }

    /** A command that the next children run under. */
    CrashRun tracer(List<String> command) {
        tracer.clear();
        tracer.addAll(command);
        return this;
    }

    /** Whether the next children check the store before they open it. */
    CrashRun check(boolean value) {
        check = value;
        return this;
    }

    /** After how many changes the next children end by themselves. */
    CrashRun changes(long value) {
        changes = value;
        return this;
    }

    /** Lets the next children write the index every few hundred changes. */
    CrashRun flushOften() {
        flushOneIn = 300;
        return this;
    }

    /** Brings the end of a child about. */
    @FunctionalInterface
    interface End {
        /** Called once it runs; the end may come by itself. */
        void bring(Child child) throws Exception;
    }

    /** A child that runs. */
    static final class Child {
        private final Process process;
        private final Map<Report.Kind, Report> last = new EnumMap<>(Report.Kind.class);
        /** What it runs under may be gone before it, and then tells no more of it. */
        private volatile List<ProcessHandle> started = List.of();

        private volatile boolean disturbed;
        /** What was acknowledged before the power was cut, -1: it was not. */
        private volatile long acknowledgedBeforeCut = -1;
        /** Whether nothing more comes; guarded by {@code last}. */
        private boolean silent;

        private final Thread reader = new Thread(this::read, "crash-reader");

        private Child(Process process) {
            this.process = process;
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try (DataInputStream in = new DataInputStream(process.getInputStream())) {
                Report report = Report.read(in);
                started = process.descendants().toList();
                for (; report != null; report = Report.read(in)) {
                    synchronized (last) {
                        if (report.kind() == Report.Kind.WRONG) {
                            // The first thing that is wrong explains the others.
                            if (!disturbed) {
                                last.putIfAbsent(report.kind(), report);
                            }
                        } else {
                            last.put(report.kind(), report);
                        }
                        last.notifyAll();
                    }
                }
            } catch (IOException e) {
                // The pipe went with the process.
            } finally {
                synchronized (last) {
                    silent = true;
                    last.notifyAll();
                }
            }
        }

        /** Waits until so many changes are acknowledged, or it has ended. */
        void awaitAcknowledged(long count) throws InterruptedException {
            long end = System.nanoTime() + PATIENCE_NANOS;
            synchronized (last) {
                while (number(Report.Kind.ACKNOWLEDGED) < count && !silent) {
                    if (System.nanoTime() > end) {
                        throw new AssertionError("nothing is acknowledged in time");
                    }
                    last.wait(1000);
                }
            }
        }

        /**
         * The power is about to be cut: from now on the child may meet what it cannot understand. What was acknowledged by now
         * must stay. A file system that is shut down may yet call a sync good that was under way just then, and lose it: seen on
         * ext4 and XFS with nothing but pwrite and fdatasync, in 8 of 100 cuts, always the last sync alone. So of what is
         * acknowledged from now on as much may be lost as one sync can hold, and no more.
         */
        void cutting() {
            disturbed = true;
            acknowledgedBeforeCut = number(Report.Kind.ACKNOWLEDGED);
        }

        /** So many changes must be there, given how many can be in flight. */
        private long least(long inFlight) {
            long said = Math.max(number(Report.Kind.ACKNOWLEDGED), number(Report.Kind.FAILED));
            return acknowledgedBeforeCut < 0 ? said : Math.max(acknowledgedBeforeCut, said - inFlight);
        }

        /** SIGKILL; through handles, as {@link Process#destroyForcibly} would also drop what is left in the pipe. */
        void kill() {
            started.forEach(ProcessHandle::destroyForcibly);
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.toHandle().destroyForcibly();
        }

        /** Waits until it has ended by itself, or by what it runs under. */
        void awaitEnd(long nanos) throws InterruptedException {
            if (!process.waitFor(nanos, TimeUnit.NANOSECONDS)) {
                throw new AssertionError("a child does not end within " + nanos / 1_000_000_000 + " s");
            }
            reader.join(READER_MILLIS);
            if (reader.isAlive()) {
                throw new AssertionError("a child has ended, and somebody still has its output open");
            }
        }

        /** Whether it ends within a time. */
        boolean hasEnded(long nanos) throws InterruptedException {
            return process.waitFor(nanos, TimeUnit.NANOSECONDS);
        }

        /** Whether SIGKILL ended it. */
        boolean wasKilled() {
            return process.exitValue() == 128 + 9;
        }

        long pid() {
            return process.pid();
        }

        Report report(Report.Kind kind) {
            synchronized (last) {
                return last.get(kind);
            }
        }

        /** The last of each kind. */
        String reports() {
            synchronized (last) {
                return cut(last.values().toString());
            }
        }

        boolean has(Report.Kind kind) {
            return report(kind) != null;
        }

        long number(Report.Kind kind) {
            Report report = report(kind);
            return report == null ? 0 : report.number();
        }
    }

    /**
     * A child comes, works and ends; nothing may be wrong.
     *
     * @return what it said
     */
    Child next(End end) throws Exception {
        Child child = attempt(end);
        Report wrong = child.report(Report.Kind.WRONG);
        if (wrong != null) {
            throw new AssertionError(described() + ": " + cut(wrong.text()) + "\nstderr: " + stderr());
        }
        return child;
    }

    /** As {@link #next}, where something may be wrong. */
    Child attempt(End end) throws Exception {
        long seed = random.nextLong();
        Orders orders = new Orders(
                store,
                story,
                seed,
                disk,
                random.nextBoolean() ? 256 << 10 : 1 << 20,
                1 << random.nextInt(3, 10),
                changes,
                flushOneIn,
                check);
        ForkedJvm jvm =
                new ForkedJvm(scratch, CrashChild.class).under(tracer).within(Duration.ofNanos(3 * PATIENCE_NANOS));
        Child child = new Child(jvm.start(orders.arguments()));
        try {
            end.bring(child);
            child.awaitEnd(PATIENCE_NANOS);
        } finally {
            child.kill();
            child.awaitEnd(PATIENCE_NANOS);
        }
        children++;
        jvm.deleteTemporaryFiles();
        assertThat(jvm.errorFile()).as("the JVM broke down, %s", described()).isEmpty();
        if (child.has(Report.Kind.FOUND)) {
            if (!story.parts().isEmpty()) {
                story = story.ending(child.number(Report.Kind.FOUND));
            }
            entries += Long.parseLong(child.report(Report.Kind.FOUND).text());
            if (orders.changes() > 0) {
                long least = child.least(orders.inFlight());
                story = story.with(new Story.Part(seed, least));
                acknowledged += least;
            }
        }
        return child;
    }

    /** Ends the story: one more child looks, changes nothing, and closes. */
    void look() throws Exception {
        Orders.Disk present = disk;
        long ending = changes;
        Child child =
                tracer(List.of()).disk(Orders.Disk.SYNC).check(true).changes(0).next(running -> {});
        disk(present).changes(ending);
        assertThat(child.has(Report.Kind.ENDED))
                .as("%s: %s", described(), stderr())
                .isTrue();
    }

    private String described() {
        return name + ", child " + children + ", story " + story;
    }

    String stderr() throws IOException {
        return cut(Files.readString(scratch.resolve("stderr")));
    }

    private static String cut(String text) {
        return text.substring(0, Math.min(text.length(), TEXT_MAX));
    }

    Path scratch() {
        return scratch;
    }

    Path store() {
        return store;
    }

    long acknowledged() {
        return acknowledged;
    }

    long entries() {
        return entries;
    }
}
