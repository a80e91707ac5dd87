package io.daybook.engine.model;

import java.util.Arrays;
import java.util.TreeMap;

/** What a ledger is, in the plainest form. */
final class ModelLedger {
    static final long NONE = -1;

    final long id;
    /** Names the change that began it. */
    final long generation;
    /** The only state that may change it, null: none. */
    Object owner;

    final TreeMap<Long, byte[]> entries;
    boolean fenced;
    long lastAddConfirmed = NONE;
    byte[] metadata;
    /** Not asked for directly: appends below are refused. */
    long trimBound;
    /** Not asked for directly: what an append without an id gets. */
    long nextId;

    ModelLedger(long id, long generation) {
        this.id = id;
        this.generation = generation;
        this.entries = new TreeMap<>();
    }

    private ModelLedger(ModelLedger other) {
        this.id = other.id;
        this.generation = other.generation;
        this.entries = new TreeMap<>(other.entries);
        this.fenced = other.fenced;
        this.lastAddConfirmed = other.lastAddConfirmed;
        this.metadata = other.metadata;
        this.trimBound = other.trimBound;
        this.nextId = other.nextId;
    }

    ModelLedger copy() {
        return new ModelLedger(this);
    }

    void apply(Step step) {
        long entry = step.entry();
        switch (step.kind()) {
            case ENTRY -> {
                entries.put(entry, step.bytes());
                nextId = Math.max(nextId, entry + 1);
            }
            case METADATA -> metadata = step.bytes();
            case FENCE -> fenced = true;
            case CONFIRM -> lastAddConfirmed = Math.max(lastAddConfirmed, entry);
            case TRUNCATE -> {
                entries.tailMap(entry, false).clear();
                lastAddConfirmed = Math.min(lastAddConfirmed, entry);
                nextId = Math.max(trimBound, Math.min(nextId, entry + 1));
            }
            case TRIM -> {
                entries.headMap(entry, false).clear();
                trimBound = Math.max(trimBound, entry);
                nextId = Math.max(nextId, trimBound);
            }
            case DELETE -> throw new IllegalStateException("a deletion is applied to the state");
        }
    }

    long first() {
        return entries.isEmpty() ? NONE : entries.firstKey();
    }

    long last() {
        return entries.isEmpty() ? NONE : entries.lastKey();
    }

    long bytes() {
        long sum = 0;
        for (byte[] entry : entries.values()) {
            sum += entry.length;
        }
        return sum;
    }

    /** Whether nobody who asks can tell the two apart. */
    boolean looksLike(ModelLedger seen) {
        if (fenced != seen.fenced
                || lastAddConfirmed != seen.lastAddConfirmed
                || entries.size() != seen.entries.size()
                || !Arrays.equals(metadata, seen.metadata)) {
            return false;
        }
        var other = seen.entries.entrySet().iterator();
        for (var entry : entries.entrySet()) {
            var there = other.next();
            if (!entry.getKey().equals(there.getKey()) || !Arrays.equals(entry.getValue(), there.getValue())) {
                return false;
            }
        }
        return true;
    }

    /** How the two can be told apart, null: nobody who asks can. */
    String difference(ModelLedger seen) {
        if (fenced != seen.fenced) {
            return "ledger " + id + " fenced " + fenced + ", seen " + seen.fenced;
        }
        if (lastAddConfirmed != seen.lastAddConfirmed) {
            return "ledger " + id + " last add confirmed " + lastAddConfirmed + ", seen " + seen.lastAddConfirmed;
        }
        if (!Arrays.equals(metadata, seen.metadata)) {
            return "ledger " + id + " metadata " + text(metadata) + ", seen " + text(seen.metadata);
        }
        if (entries.size() != seen.entries.size() || first() != seen.first() || last() != seen.last()) {
            return "ledger " + id + " ids " + entries.keySet() + ", seen " + seen.entries.keySet();
        }
        var other = seen.entries.entrySet().iterator();
        for (var entry : entries.entrySet()) {
            var there = other.next();
            if (!entry.getKey().equals(there.getKey())) {
                return "ledger " + id + " ids " + entries.keySet() + ", seen " + seen.entries.keySet();
            }
            if (!Arrays.equals(entry.getValue(), there.getValue())) {
                return "ledger " + id + " entry " + entry.getKey() + " " + text(entry.getValue()) + ", seen "
                        + text(there.getValue());
            }
        }
        return null;
    }

    static String text(byte[] bytes) {
        return bytes == null ? "none" : bytes.length + " bytes #" + Integer.toHexString(Arrays.hashCode(bytes));
    }
}
