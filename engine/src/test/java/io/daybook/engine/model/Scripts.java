package io.daybook.engine.model;

import io.daybook.storage.Power;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The scripts whose every storage operation is a place for a crash or a failure. */
final class Scripts {
    /** Four of them and a frame header fill a segment of 64 KiB. */
    private static final int QUARTER = 13_000;

    private static final List<Script> ALL = new ArrayList<>();

    private Scripts() {}

    static List<Script> all() {
        return List.copyOf(ALL);
    }

    static Script named(String name) {
        return ALL.stream()
                .filter(script -> script.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no script " + name + " in " + ALL));
    }

    private static Script add(String name, Script.Body body) {
        return add(Script.of(name, body));
    }

    private static Script add(Script script) {
        ALL.add(script);
        return script;
    }

    /** Segments 1 to 4 hold little but ledger 1. */
    private static void fill(ScriptRun run) throws IOException {
        run.open();
        run.commits(13, 1, QUARTER);
        run.mustHave(run.segments() >= 4, "four segments");
    }

    static {
        add("store-is-made", run -> {
            run.open();
            run.close();
            run.open();
            run.close();
        });
        add("appends", run -> {
            run.open();
            run.commits(5, 1, 50);
            run.append(2, 0);
            run.pump();
            run.read();
            run.close();
        });
        add("groups", run -> {
            run.open();
            run.appends(4, 1, 100);
            run.appends(3, 2, 700);
            run.appends(2, 1, 9);
            run.pump();
            run.appends(6, 3, 2000);
            run.pump();
            run.close();
        });
        add("big-entries", run -> {
            run.open();
            run.commits(2, 1, 16_000);
            run.append(1, 100);
            run.append(2, ScriptRun.ENTRY_BYTES_MAX);
            run.append(1, 15_000);
            run.pump();
            run.close();
        });
        add("gaps-and-overwrites", run -> {
            run.open();
            run.append(1, 300, 40);
            run.append(1, 7, 40);
            run.pump();
            run.append(1, 300, 60);
            run.append(1, 0, 60);
            run.pump();
            run.flush();
            run.append(1, 7, 80);
            run.appendAuto(1, 10);
            run.pump();
            run.close();
        });
        add("batch-over-ledgers", run -> {
            run.open();
            run.write(
                    run.entry(1, 0, 100),
                    run.entry(2, 0, 5000),
                    new Step(Step.Kind.METADATA, 3, 0, new byte[200]),
                    run.entry(1, 1, 30));
            run.pump();
            run.append(2, 50);
            run.write(
                    new Step(Step.Kind.FENCE, 1, 0, null),
                    new Step(Step.Kind.CONFIRM, 2, 0, null),
                    new Step(Step.Kind.TRUNCATE, 2, 0, null),
                    run.entry(3, 9, 12_000));
            run.pump();
            run.close();
        });
        add("batch-deletes-and-makes-again", run -> {
            run.open();
            run.appends(3, 1, 90);
            run.pump();
            run.flush();
            run.write(
                    new Step(Step.Kind.DELETE, 1, 0, null), run.entry(1, 5, 70), new Step(Step.Kind.TRIM, 1, 3, null));
            run.append(1, 60);
            run.pump();
            run.close();
        });
        add("segments-roll", run -> {
            run.open();
            run.commits(9, 1, QUARTER);
            run.mustHave(run.segments() >= 3, "three segments");
            run.close();
        });
        add("one-group-over-segments", run -> {
            run.open();
            run.appends(12, 1, 9000);
            run.pump();
            run.mustHave(run.segments() >= 2, "two segments");
            run.appends(9, 2, 9000);
            run.pump();
            run.kill();
            run.open();
            run.close();
        });
        add("full-segment-is-sealed-by-recovery", run -> {
            run.open();
            run.commits(5, 1, QUARTER);
            run.kill();
            run.open();
            run.commits(5, 1, QUARTER);
            run.crash(Power.ALL);
            run.open();
            run.close();
        });
        add("fences", run -> {
            run.open();
            run.fence(1);
            run.append(1, 100);
            run.fence(1);
            run.append(1, 100);
            run.appendRecovery(1, 1, 60);
            run.pump();
            run.flush();
            run.fence(1);
            run.append(1, 100);
            run.pump();
            run.close();
            run.open();
            run.append(1, 100);
            run.close();
        });
        add("last-add-confirmed", run -> {
            run.open();
            run.appends(3, 1, 30);
            run.confirm(1, 1);
            run.pump();
            run.confirm(1, 2);
            run.confirm(1, 0);
            run.pump();
            run.flush();
            run.confirm(1, 40);
            run.pump();
            run.close();
        });
        add("metadata", run -> {
            run.open();
            run.metadata(1, 100);
            run.pump();
            run.metadata(1, 16_000);
            run.metadata(2, 0);
            run.pump();
            run.flush();
            run.metadata(1, 3);
            run.pump();
            run.close();
        });
        add("truncations", run -> {
            run.open();
            run.appends(8, 1, 100);
            run.pump();
            run.flush();
            run.truncate(1, 4);
            run.append(1, 200);
            run.pump();
            run.truncate(1, 100);
            run.appends(2, 1, 10);
            run.truncate(1, 5);
            run.pump();
            run.flush();
            run.truncate(1, -1);
            run.pump();
            run.append(1, 30);
            run.pump();
            run.close();
        });
        add("trims", run -> {
            run.open();
            run.appends(8, 1, 100);
            run.trim(1, 3);
            run.pump();
            run.append(1, 2, 10);
            run.flush();
            run.trim(1, 6);
            run.pump();
            run.trim(1, 20);
            run.appendAuto(1, 40);
            run.pump();
            run.close();
        });
        add("deletes-and-makes-again", run -> {
            run.open();
            run.appends(4, 1, 100);
            run.pump();
            run.flush();
            run.delete(1);
            run.pump();
            run.append(1, 2, 60);
            run.pump();
            run.flush();
            run.delete(1);
            run.delete(1);
            run.append(1, 0, 50);
            run.pump();
            run.delete(1);
            run.pump();
            run.close();
        });
        add("index-flushes", run -> {
            run.open();
            for (int i = 0; i < 4; i++) {
                run.appends(3, 1, 100);
                run.append(2, 50);
                run.pump();
                run.flush();
                run.read();
            }
            run.close();
        });
        add(Script.of("small-tails", run -> {
                    run.open();
                    run.appends(20, 1, 100);
                    run.pump();
                    run.truncate(1, 11);
                    run.appends(20, 1, 100);
                    run.pump();
                    run.read();
                    run.close();
                })
                .withTails(8));
        add(Script.of("deferred-appends", run -> {
                    run.open();
                    run.appends(2, 1, 100);
                    run.pump();
                    run.append(1, 3000);
                    run.pump();
                    run.sync();
                    run.pump();
                    run.append(2, 40);
                    run.pump();
                    run.sleep(1100);
                    run.pump();
                    run.append(2, 40);
                    run.pump();
                    run.read();
                    run.close();
                })
                .deferred());
        add(Script.of("deferred-flush-waits-for-the-journal", run -> {
                    run.open();
                    run.appends(3, 1, 100);
                    run.pump();
                    run.flush();
                    run.appends(30, 1, 10);
                    run.pump();
                    run.truncate(1, 4);
                    run.pump();
                    run.flush();
                    run.append(1, 10);
                    run.pump();
                    run.kill();
                    run.open();
                    run.close();
                })
                .deferred()
                .withTails(8));
        add(Script.of("deferred-segments-roll", run -> {
                    run.open();
                    run.commits(7, 1, QUARTER);
                    run.sync();
                    run.commits(4, 2, QUARTER);
                    run.mustHave(run.segments() >= 3, "three segments");
                    run.kill();
                    run.open();
                    run.commits(1, 2, 10);
                    run.close();
                })
                .deferred());
        add("idle-seals", run -> {
            run.open();
            run.commits(1, 1, 100);
            run.sleep(200);
            run.pump();
            run.commits(1, 1, 100);
            run.sleep(200);
            run.pump();
            run.sleep(200);
            run.pump();
            run.crash(Power.NOTHING);
            run.open();
            run.close();
        });
        add("closes-and-opens", run -> {
            for (int i = 0; i < 3; i++) {
                run.open();
                run.commits(1, 1, 100);
                run.append(2, 100);
                run.close();
            }
        });
        add("prepared-segment-is-not-used", run -> {
            run.open();
            run.commits(2, 1, QUARTER);
            run.mustHave(run.segments() == 2, "a segment that is prepared");
            run.close();
            run.open();
            run.commits(2, 1, QUARTER);
            run.crash(Power.NOTHING);
            run.open();
            run.close();
        });
        add("kills-with-an-uncovered-tail", run -> {
            run.open();
            run.commits(3, 1, 100);
            run.kill();
            run.open();
            run.kill();
            run.open();
            run.commits(2, 1, 100);
            run.kill();
            run.open();
            run.close();
        });
        add("torn-tails", run -> {
            run.open();
            run.commits(2, 1, 100);
            run.appends(3, 1, 6000);
            run.crashInNextWrite("segment", Power.TORN, run::pump);
            run.open();
            run.commits(1, 1, 50);
            run.appends(3, 1, 6000);
            run.crashInNextWrite("segment", Power.SHUFFLED, run::pump);
            run.open();
            run.commits(1, 1, 50);
            run.close();
        });
        add("recovery-of-a-recovery", run -> {
            run.open();
            run.commits(2, 1, 100);
            run.appends(3, 2, 3000);
            run.crashInNextWrite("segment", Power.KILL, run::pump);
            run.crashInOpen(12, Power.PREFIX);
            run.crashInOpen(16, Power.KILL);
            run.crashInOpen(22, Power.TORN);
            run.open();
            run.commits(1, 2, 100);
            run.close();
        });
        add("index-is-lost", run -> {
            run.open();
            run.appends(4, 1, 100);
            run.pump();
            run.truncate(1, 2);
            run.metadata(2, 10);
            run.flush();
            run.append(2, 40);
            run.close();
            run.loseIndex();
            run.open();
            run.commits(2, 1, 40);
            run.kill();
            run.loseIndex();
            run.open();
            run.close();
        });
        add("index-is-set-back", run -> {
            run.open();
            run.appends(4, 1, 100);
            run.pump();
            run.flush();
            run.rememberIndex();
            run.delete(1);
            run.append(1, 40);
            run.append(2, 40);
            run.pump();
            run.flush();
            run.commits(1, 2, 30);
            run.kill();
            run.setBackIndex();
            run.open();
            run.commits(1, 2, 30);
            run.close();
            run.setBackIndex();
            run.open();
            run.close();
        });
        add("trimmed-segments-are-given-back", run -> {
            fill(run);
            run.trim(1, 12);
            run.pump();
            run.flush();
            run.pump();
            run.mustHave(run.hasFiles("free-"), "segments given back");
            run.commits(6, 1, QUARTER);
            run.read();
            run.close();
        });
        add("deleted-ledger-is-given-back", run -> {
            run.open();
            run.append(2, 100);
            run.fence(2);
            run.metadata(3, 50);
            run.commits(13, 1, QUARTER);
            run.delete(1);
            run.pump();
            run.flush();
            run.commits(1, 4, 100);
            run.flush();
            run.pump();
            run.mustHave(run.hasFiles("free-"), "segments given back");
            run.commits(1, 1, 100);
            run.close();
            run.loseIndex();
            run.open();
            run.close();
        });
        add("given-back-twice", run -> {
            fill(run);
            run.trim(1, 8);
            run.pump();
            run.flush();
            run.pump();
            run.mustHave(run.hasFiles("free-"), "segments given back");
            run.commits(5, 1, QUARTER);
            run.rememberIndex();
            run.trim(1, 17);
            run.pump();
            run.flush();
            run.pump();
            run.commits(2, 5, 100);
            run.kill();
            run.setBackIndex();
            run.open();
            run.close();
        });
        add("given-back-with-truncations", run -> {
            run.open();
            run.append(2, 10);
            run.appends(4, 1, 100);
            run.commits(5, 3, QUARTER);
            run.truncate(1, 1);
            run.commits(5, 3, QUARTER);
            run.append(1, 3, 30);
            run.delete(3);
            run.pump();
            run.flush();
            run.commits(1, 4, 10);
            run.flush();
            run.pump();
            run.mustHave(run.hasFiles("free-"), "segments given back");
            run.close();
            run.loseIndex();
            run.open();
            run.read();
            run.close();
        });
        add("recycled-file-with-a-torn-tail", run -> {
            fill(run);
            run.trim(1, 12);
            run.pump();
            run.flush();
            run.pump();
            run.mustHave(run.hasFiles("free-"), "segments given back");
            run.commits(5, 2, QUARTER);
            run.appends(2, 2, 9000);
            run.crashInNextWrite("segment", Power.TORN, run::pump);
            run.open();
            run.commits(1, 2, 100);
            run.close();
        });
        add("idle-engine-gives-back", run -> {
            fill(run);
            run.delete(1);
            run.commits(1, 2, 100);
            run.sleep(11_000);
            run.pump();
            run.sleep(1_100);
            run.pump();
            run.mustHave(run.hasFiles("free-"), "segments given back");
            run.kill();
            run.open();
            run.close();
        });
        add("full-disk", run -> {
            run.open();
            run.commits(5, 1, QUARTER);
            run.capacity(run.used() + ScriptRun.RESERVE + (70 << 10));
            run.sleep(1100);
            run.commits(8, 1, QUARTER);
            run.read();
            run.delete(1);
            run.pump();
            run.flush();
            run.sleep(1100);
            run.pump();
            run.close();
            run.open();
            run.commits(1, 2, 100);
            run.close();
        });
        add(Script.of("manifest-is-compacted", run -> {
                    run.notYet();
                    run.open();
                    long trimmed = 0;
                    for (int i = 0; i < 970; i++) {
                        run.appends(5, 1, QUARTER - 500);
                        run.pump();
                        if (i % 8 == 7) {
                            trimmed += 40;
                            run.trim(1, trimmed);
                            run.pump();
                            run.flush();
                            run.pump();
                        }
                        if (i == 964) {
                            run.fromHere();
                        }
                    }
                    run.mustHave(run.manifests() == 2, "a manifest that is compacted");
                    run.close();
                })
                .withoutFaults());
    }
}
