package io.daybook.engine.model;

import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageOp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The disks of a run of a script, a new one behind each crash: counts operations over all of them, lets one fail, and knows what
 * that excuses.
 */
final class ScriptDisks {
    private final ScriptRun run;
    private final Subject subject;
    /** Null: nobody watches. */
    private final ScriptRun.Watch watch;
    /** Null: none. */
    private final ScriptRun.Fault fault;

    /** Of disks that are gone. */
    private final List<String> trace = new ArrayList<>();

    private long operationsBefore;
    private long firedBefore;

    private long watchedFrom;
    private int manifests;
    /** Faults that fired before are over and excuse nothing any more. */
    private long excusedFrom;

    ScriptDisks(ScriptRun run, Subject subject, ScriptRun.Watch watch, ScriptRun.Fault fault) {
        this.run = run;
        this.subject = subject;
        this.watch = watch;
        this.fault = fault;
        use(subject.disk);
    }

    void use(SimStorage next) {
        subject.disk = next;
        next.onOperation(this::before);
        if (fault != null && fault.sticky() && operationsBefore >= fault.operation()) {
            next.failAt(1, fault.fault(), true);
        }
    }

    /** The disk is gone. */
    void leave() {
        operationsBefore += subject.disk.operations();
        firedBefore += subject.disk.faultsFired();
        trace.addAll(subject.disk.trace());
    }

    private void before(long number, StorageOp op, String path) throws IOException {
        long all = operationsBefore + number;
        if (all >= watchedFrom && op == StorageOp.RENAME && path.contains("manifest")) {
            manifests++;
        }
        if (watch != null && all >= watchedFrom) {
            watch.before(run, all, op, path);
        }
        if (fault != null && all == fault.operation()) {
            subject.disk.failAt(number, fault.fault(), fault.sticky());
        }
    }

    /** Nobody is told of operations from so many on. */
    void watchFrom(long operation) {
        watchedFrom = operation;
    }

    /** Copies of the manifest that were written whole since operations are watched. */
    int manifests() {
        return manifests;
    }

    long operations() {
        return operationsBefore + subject.disk.operations();
    }

    /** How often the fault has fired. */
    long fired() {
        return firedBefore + subject.disk.faultsFired();
    }

    /** What has fired up to then is over. */
    void excuseFrom(long fired) {
        excusedFrom = fired;
    }

    /** Whether the engine may fail just now. */
    boolean isExcused() {
        return subject.disk.isStopped()
                || fault != null && !fault.isHidden() && fired() > (fault.sticky() ? 0 : excusedFrom);
    }

    List<String> trace() {
        List<String> all = new ArrayList<>(trace);
        all.addAll(subject.disk.trace());
        return all;
    }

    void require(boolean good, String what, Throwable cause) {
        if (!good) {
            throw problem(what, cause);
        }
    }

    AssertionError problem(String what, Throwable cause) {
        return new AssertionError(
                "at operation " + operations() + ": " + what + (cause == null ? "" : ": " + cause), cause);
    }
}
