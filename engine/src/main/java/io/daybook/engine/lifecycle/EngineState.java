package io.daybook.engine.lifecycle;

import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.EngineHealth;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whether the engine is open, failed or closed, and what its health is. <b>Thread-safe.</b> */
public final class EngineState {

    /** Where in its life the engine is. */
    public enum Phase {
        /** Takes calls. */
        OPEN,
        /** Refuses calls; what was accepted goes on. */
        CLOSING,
        /** Over. */
        CLOSED
    }

    private final String name;
    private volatile Phase phase = Phase.OPEN;
    private volatile Throwable failure;
    /** Guarded by this: by topic, so that a reason comes and goes. */
    private final Map<String, String> reasons = new LinkedHashMap<>();

    /** Open. */
    public EngineState(String name) {
        this.name = name;
    }

    /** Returns the phase. */
    public Phase phase() {
        return phase;
    }

    /** Whether calls are taken. */
    public boolean isOpen() {
        return phase == Phase.OPEN;
    }

    /** Throws unless calls are taken. */
    public void checkOpen() {
        if (phase != Phase.OPEN) {
            throw closed();
        }
    }

    /** The error of a call that comes too late. */
    public EngineClosedException closed() {
        return new EngineClosedException("engine " + name + " is " + (phase == Phase.CLOSED ? "closed" : "closing"));
    }

    /** The error of a change that was accepted, and whose outcome did not come in time. */
    public EngineClosedException abandoned() {
        return new EngineClosedException("engine " + name
                + " was closed before this was known to be durable: it may or may not be there after the next open");
    }

    /** The error of a change after the first failure. */
    public EngineFailedException failed() {
        Throwable first = failure;
        return new EngineFailedException(
                "engine " + name + " takes no more changes since its first failure: "
                        + (first == null ? "unknown" : first),
                first);
    }

    /** Moves on; true if this call did it. */
    public synchronized boolean beginClosing() {
        if (phase != Phase.OPEN) {
            return false;
        }
        phase = Phase.CLOSING;
        return true;
    }

    /** Over. */
    public void closedNow() {
        phase = Phase.CLOSED;
    }

    /** The first failure stays. */
    public synchronized void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
        } else if (failure != cause) {
            failure.addSuppressed(cause);
        }
    }

    /** Returns the first failure, null: none. */
    public Throwable failure() {
        return failure;
    }

    /** Sets or, with null, takes back what keeps the engine from being green. */
    public synchronized void reason(String topic, String text) {
        if (text == null) {
            reasons.remove(topic);
        } else {
            reasons.put(topic, text);
        }
    }

    /** Returns the health. */
    public synchronized EngineHealth health() {
        List<String> texts = new ArrayList<>(reasons.values());
        Throwable first = failure;
        if (first != null) {
            texts.add(0, "failed: " + first);
        }
        EngineHealth.Status status = first != null
                ? EngineHealth.Status.RED
                : texts.isEmpty() ? EngineHealth.Status.GREEN : EngineHealth.Status.YELLOW;
        return new EngineHealth(status, texts, Optional.ofNullable(first));
    }
}
