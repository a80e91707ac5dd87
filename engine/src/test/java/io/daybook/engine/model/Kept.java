package io.daybook.engine.model;

import java.util.BitSet;
import java.util.List;

/**
 * The operations of a run that are done; the others are left out and change nothing for these, as each has random numbers of its
 * own. Written as numbers and ranges: {@code 3,17,90-95}.
 */
record Kept(BitSet operations) {

    /** The first so many. */
    static Kept upTo(int last) {
        BitSet all = new BitSet();
        all.set(1, last + 1);
        return new Kept(all);
    }

    static Kept of(List<Integer> operations) {
        BitSet some = new BitSet();
        operations.forEach(some::set);
        return new Kept(some);
    }

    static Kept parse(String text) {
        BitSet some = new BitSet();
        for (String part : text.split(",")) {
            String[] ends = part.strip().split("-");
            int first = Integer.parseInt(ends[0]);
            int last = Integer.parseInt(ends[ends.length - 1]);
            if (first < 1 || last < first || last > ModelRun.OPERATIONS) {
                throw new IllegalArgumentException("operations " + part + " of " + text);
            }
            some.set(first, last + 1);
        }
        return new Kept(some);
    }

    boolean contains(int operation) {
        return operations.get(operation);
    }

    List<Integer> list() {
        return operations.stream().boxed().toList();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int from = operations.nextSetBit(0); from >= 0; ) {
            int end = operations.nextClearBit(from);
            text.append(text.isEmpty() ? "" : ",").append(from);
            if (end - from > 1) {
                text.append('-').append(end - 1);
            }
            from = operations.nextSetBit(end);
        }
        return text.toString();
    }
}
