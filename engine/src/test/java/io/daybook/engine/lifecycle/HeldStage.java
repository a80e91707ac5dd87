package io.daybook.engine.lifecycle;

import io.daybook.engine.LedgerEngine;
import io.daybook.lease.Hold;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Holds up one stage of the shutdown of an engine that stands on a {@link ClosingRig}, so that it cannot end. */
final class HeldStage {
    private final ClosingRig rig;
    private final LedgerEngine engine;
    private final int entries;
    /** What was appended to hold it up, and is not durable. */
    final List<CompletableFuture<Void>> inFlight = new ArrayList<>();

    private Hold hold;

    /**
     * Nothing held yet.
     *
     * @param entries that ledger 1 has
     */
    HeldStage(ClosingRig rig, LedgerEngine engine, int entries) {
        this.rig = rig;
        this.engine = engine;
        this.entries = entries;
    }

    /** Holds a stage up; who will be named. */
    String holdUp(Stage stage) throws Exception {
        String own = "daybook-" + rig.name + "-" + stage;
        switch (stage) {
            case STOP_INTAKE -> {
                rig.gate.arm(event -> event.equals("appender: clock"));
                // The next append opens a frame, with the lock of the intake in hand.
                Thread appender = new Thread(() -> inFlight.add(ClosingRig.append(engine, 1, entries)), "appender");
                appender.start();
                rig.gate.awaitEntered();
                return own;
            }
            case DRAIN_APPENDS -> {
                String commit = "daybook-" + rig.name + "-commit";
                rig.gate.arm(event -> event.startsWith(commit) && event.contains("sync"));
                for (int i = 0; i < 100; i++) {
                    inFlight.add(ClosingRig.append(engine, 1, entries + i));
                }
                rig.gate.awaitEntered();
                return commit;
            }
            case STOP_BACKGROUND -> {
                String housekeeping = "daybook-" + rig.name + "-housekeeping";
                rig.gate.arm(event -> event.startsWith(housekeeping) && event.endsWith("freeBytes"));
                rig.gate.awaitEntered();
                return housekeeping;
            }
            case SYNC_JOURNAL -> {
                rig.gate.arm(event -> event.startsWith(own) && event.contains("truncate"));
                return own;
            }
            case DEREGISTER_STATS -> {
                hold = rig.indexLease.tryAcquire();
                return Thread.currentThread().getName();
            }
            case FLUSH_INDEX -> {
                rig.gate.arm(event -> event.equals(own + ": WRITE"));
                return own;
            }
            case CLOSE_NATIVE -> {
                rig.gate.arm(event -> event.equals(own + ": CLOSE_DATABASE"));
                return own;
            }
            case RELEASE_DIRECTORY -> {
                rig.gate.arm(event -> event.equals(own + ": unlock"));
                return own;
            }
            default -> throw new IllegalArgumentException(stage.name());
        }
    }

    void letGo() {
        if (hold != null) {
            hold.close();
        }
        rig.gate.open();
    }
}
