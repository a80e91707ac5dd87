package io.daybook.engine.model;

import io.daybook.storage.Power;
import io.daybook.storage.StorageFault;
import io.daybook.storage.StorageOp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The runs of a script in which operation N fails. Up to there each run does what the run without a fault does, so that one tells
 * which operations there are; a fault behind the last of them never fires.
 */
final class FaultStates {
    /** A stop is a crash; a disk that lies keeps no promise; and one thread does not notice a slow one. */
    static final Set<StorageFault> KINDS =
            EnumSet.complementOf(EnumSet.of(StorageFault.STOP, StorageFault.EIO_SYNC_LATE, StorageFault.SLOW_SYNC));

    private static final long SEGMENT = 64 << 10;

    private final Script script;
    private final Rig rig;
    private final Counts counts;
    private final List<ScriptRun.Fault> faults = new ArrayList<>();

    /** How many runs there were. */
    static final class Counts {
        final Map<StorageFault, Long> once = new EnumMap<>(StorageFault.class);
        final Map<StorageFault, Long> sticky = new EnumMap<>(StorageFault.class);
        final Map<String, Long> byScript = new TreeMap<>();
        long failedEngines;
        long failedOpens;
        long fullDisks;

        long all() {
            return byScript.values().stream().mapToLong(Long::longValue).sum();
        }

        @Override
        public String toString() {
            return all() + " runs, " + failedEngines + " engines failed, " + failedOpens + " opens failed, " + fullDisks
                    + " disks were full; once " + once + "; sticky " + sticky + "; by script " + byScript;
        }
    }

    FaultStates(Script script, Rig rig, Counts counts) throws Exception {
        this.script = script;
        this.rig = rig;
        this.counts = counts;
        List<StorageOp> operations = CrashStates.operations(script, rig);
        for (int i = 0; i < operations.size(); i++) {
            for (StorageFault fault : KINDS) {
                if (fault.hits(operations.get(i))) {
                    faults.add(new ScriptRun.Fault(i + 1, fault, false));
                    faults.add(new ScriptRun.Fault(i + 1, fault, true));
                }
            }
        }
    }

    List<ScriptRun.Fault> faults() {
        return faults;
    }

    /** Runs the script with a fault, looks at what the engine does then, and opens what is there afterwards. */
    void check(ScriptRun.Fault fault) {
        counts.byScript.merge(script.name(), 1L, Long::sum);
        (fault.sticky() ? counts.sticky : counts.once).merge(fault.fault(), 1L, Long::sum);
        try {
            ScriptRun run = new ScriptRun(script, rig, null, fault, false);
            Ends ends = ends(run, () -> {
                if (run.fired() == 0) {
                    throw new AssertionError("the fault has not fired");
                }
            });
            counts.failedEngines += run.failedEngines();
            long seed = script.seed(fault.operation(), fault.fault().ordinal(), fault.sticky() ? 1 : 0);
            StoreCheck check = new StoreCheck(script, rig);
            afterwards(check, ends.before(), new Survival(Power.TORN, 0), seed);
            afterwards(check, ends.after(), new Survival(Power.NOTHING, 0), seed + 1);
            afterwards(check, ends.after(), new Survival(Power.KILL, 0), seed + 2);
        } catch (Exception | AssertionError e) {
            throw failed(fault, e);
        }
    }

    /** The sizes of a disk, in steps, from one on which a store can be made up to one on which all of the script fits. */
    List<Long> sizes(int pages) throws Exception {
        ScriptRun free = new ScriptRun(script, rig, null, null, false);
        free.run();
        long used = free.used();
        free.end();
        List<Long> sizes = new ArrayList<>();
        for (long size = ScriptRun.RESERVE / 2; size <= used + ScriptRun.RESERVE + 3 * SEGMENT; ) {
            sizes.add(size);
            size += pages * 4096L;
        }
        return sizes;
    }

    /** Runs the script on a disk of this size: changes may be refused, and nothing else may fail. */
    void checkOnDisk(long size) {
        counts.byScript.merge(script.name(), 1L, Long::sum);
        try {
            ScriptRun run = ScriptRun.onSmallDisk(script, rig, size);
            Ends ends = ends(run, () -> counts.fullDisks += run.refusedAsFull() > 0 ? 1 : 0);
            StoreCheck check = new StoreCheck(script, rig);
            if (run.failedOpens() == 0) {
                // Opened on the full disk, which then gets room.
                afterwards(check, ends.before(), new Survival(Power.KILL, 0), size);
                afterwards(check, ends.before(), new Survival(Power.NOTHING, 0), size);
            }
            afterwards(check, ends.after(), new Survival(Power.TORN, 0), size);
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    script + "/" + size + ": " + e.getMessage()
                            + "\nrepeat: mvn -pl engine -am test -Dtest=EnumeratedFaultTest#oneSize -Ddaybook.size="
                            + script + "/" + size,
                    e);
        }
    }

    /** What a crash could leave at the end of a script, and behind all that the engine did when the fault was over. */
    private record Ends(CrashPoint before, CrashPoint after) {}

    /** Does all of a script, looks at what it did, and ends it when the fault is over. */
    private Ends ends(ScriptRun run, Runnable look) throws Exception {
        try {
            run.run();
            look.run();
            CrashPoint before = run.point(run.operations());
            run.afterFault();
            run.end();
            counts.failedOpens += run.failedOpens();
            return new Ends(before, run.point(run.operations()));
        } finally {
            run.abandon();
        }
    }

    private static void afterwards(StoreCheck check, CrashPoint point, Survival survival, long seed) {
        try {
            check.check(point.after(survival, seed), seed, !survival.losesPower());
        } catch (AssertionError | IOException | RuntimeException e) {
            throw new AssertionError("then " + survival + ": " + e.getMessage(), e);
        }
    }

    /** Checks one run that has failed, by its name. */
    void repeat(String id) {
        String[] parts = id.split("/")[1].split("\\.");
        check(new ScriptRun.Fault(Long.parseLong(parts[0]), StorageFault.valueOf(parts[1]), parts[2].equals("sticky")));
    }

    private AssertionError failed(ScriptRun.Fault fault, Throwable e) {
        String id = script + "/" + fault.operation() + "." + fault.fault() + "." + (fault.sticky() ? "sticky" : "once");
        String test = "EnumeratedFaultTest#oneFault -Ddaybook.fault=";
        return CrashStates.failed(id, test, e, script, rig, fault, fault.operation());
    }
}
