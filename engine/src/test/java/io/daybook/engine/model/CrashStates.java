package io.daybook.engine.model;

import io.daybook.storage.Power;
import io.daybook.storage.StorageOp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The states that crashes of a script can leave: behind each operation that changes something, or behind which more was promised,
 * times what survives; and the same again for the open that follows.
 */
final class CrashStates {
    private final Script script;
    private final Rig rig;
    private final List<CrashPoint> points = new ArrayList<>();
    private final StoreCheck check;
    final Counts counts;

    /** How many states were checked. */
    static final class Counts {
        final Map<String, Long> byScript = new TreeMap<>();
        final Map<Power, Long> byPower = new EnumMap<>(Power.class);
        long inOpen;

        void add(String script, Power power, boolean open) {
            byScript.merge(script, 1L, Long::sum);
            byPower.merge(power, 1L, Long::sum);
            inOpen += open ? 1 : 0;
        }

        long all() {
            return byScript.values().stream().mapToLong(Long::longValue).sum();
        }

        @Override
        public String toString() {
            return all() + " states, " + inOpen + " of them inside an open; by what survives " + byPower
                    + "; by script " + byScript;
        }
    }

    /** Runs the script once and keeps what a crash could leave at each place. */
    CrashStates(Script script, Rig rig, Counts counts) throws Exception {
        this.script = script;
        this.rig = rig;
        this.counts = counts;
        this.check = new StoreCheck(script, rig);
        boolean[] changed = {true};
        long[] promised = {0};
        ScriptRun run = new ScriptRun(
                script,
                rig,
                (now, number, op, path) -> {
                    History history = now.history();
                    long promise = history.acked() * 1_000_003L
                            + history.synced()
                            + history.issued().size();
                    if (changed[0] || promise != promised[0]) {
                        points.add(now.point(number - 1));
                    }
                    changed[0] = op.changes();
                    promised[0] = promise;
                },
                null,
                false);
        run.run();
        points.add(run.point(run.operations()));
        run.end();
    }

    List<CrashPoint> points() {
        return points;
    }

    /** What may survive at a place: where all is synced, only one thing. */
    static List<Survival> survivals(CrashPoint point) {
        return point.isSettled() ? Survival.ALL.subList(0, 1) : Survival.ALL;
    }

    /** A place, and what survives there. */
    record State(CrashPoint point, Survival survival) {
        @Override
        public String toString() {
            return point.operation() + "." + survival;
        }
    }

    /** All states behind operations of the script. */
    List<State> all() {
        List<State> all = new ArrayList<>();
        for (CrashPoint point : points) {
            for (Survival survival : survivals(point)) {
                all.add(new State(point, survival));
            }
        }
        return all;
    }

    private long seed(State state) {
        return script.seed(
                state.point().operation(),
                state.survival().power().ordinal(),
                state.survival().draw());
    }

    void check(State state) {
        counts.add(script.name(), state.survival().power(), false);
        String id = script + "/" + state;
        try {
            long seed = seed(state);
            check.check(
                    state.point().after(state.survival(), seed),
                    seed,
                    state.survival().power() == Power.KILL);
        } catch (AssertionError | IOException | RuntimeException e) {
            throw failed(id, e);
        }
    }

    /** The places inside the open of a state. */
    List<CrashPoint> openPoints(State state) {
        try {
            long seed = seed(state);
            return check.openPoints(state.point().after(state.survival(), seed), seed);
        } catch (AssertionError | IOException | RuntimeException e) {
            throw failed(script + "/" + state, e);
        }
    }

    /** Checks a state that a crash inside the open of another one left. */
    void checkInOpen(State first, State second) {
        counts.add(script.name(), second.survival().power(), true);
        String id = script + "/" + first + "/" + second;
        try {
            long seed = script.seed(seed(first), seed(second));
            check.check(
                    second.point().after(second.survival(), seed),
                    seed,
                    second.survival().power() == Power.KILL);
        } catch (AssertionError | IOException | RuntimeException e) {
            throw failed(id, e);
        }
    }

    /** Checks one state that has failed, by its name. */
    void repeat(String id) {
        String[] parts = id.split("/");
        State first = new State(at(points, parts[1]), survivalOf(parts[1]));
        if (parts.length == 2) {
            check(first);
        } else {
            checkInOpen(first, new State(at(openPoints(first), parts[2]), survivalOf(parts[2])));
        }
    }

    private static CrashPoint at(List<CrashPoint> points, String part) {
        long operation = Long.parseLong(part.substring(0, part.indexOf('.')));
        return points.stream()
                .filter(point -> point.operation() == operation)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such place: " + part));
    }

    private static Survival survivalOf(String part) {
        return Survival.parse(part.substring(part.indexOf('.') + 1));
    }

    private AssertionError failed(String id, Throwable e) {
        long at = Long.parseLong(id.split("/")[1].split("\\.")[0]);
        return failed(id, "EnumeratedCrashTest#oneState -Ddaybook.crash=", e, script, rig, null, at);
    }

    /** What failed, how it is repeated, and what was done on the disk around it. */
    static AssertionError failed(
            String id, String test, Throwable e, Script script, Rig rig, ScriptRun.Fault fault, long at) {
        StringBuilder story = new StringBuilder(id).append(": ").append(e.getMessage());
        story.append("\nrepeat: mvn -pl engine -am test -Dtest=")
                .append(test)
                .append(id)
                .append("\nstorage around it:");
        try {
            for (String line : around(script, rig, fault, at)) {
                story.append("\n  ").append(line);
            }
        } catch (Exception again) {
            story.append(" ").append(again);
        }
        return new AssertionError(story.toString(), e);
    }

    /** The operations of a script around one. */
    private static List<String> around(Script script, Rig rig, ScriptRun.Fault fault, long operation) throws Exception {
        ScriptRun run = new ScriptRun(script, rig, null, fault, true);
        try {
            run.run();
            run.end();
        } catch (AssertionError | RuntimeException | IOException e) {
            // What led to it is what is asked for.
        }
        List<String> lines = new ArrayList<>();
        long number = 0;
        for (String line : run.trace()) {
            number += line.startsWith("#") ? 1 : 0;
            if (number >= operation - 12 && number <= operation + 2) {
                lines.add((number == operation && line.startsWith("#") ? "> " : "  ")
                        + line.replaceFirst("^#\\d+", "#" + number));
            }
        }
        return lines;
    }

    /** The operations of a script without failures, by number from 1. */
    static List<StorageOp> operations(Script script, Rig rig) throws Exception {
        List<StorageOp> all = new ArrayList<>();
        ScriptRun run = new ScriptRun(script, rig, (now, number, op, path) -> all.add(op), null, false);
        run.run();
        run.end();
        return all;
    }
}
