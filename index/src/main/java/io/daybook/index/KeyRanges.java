package io.daybook.index;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * For each kind of rows one range that reaches over all that were added: never over rows of another kind, of which there may be
 * gigabytes in between. <b>Confined to one thread at a time.</b>
 */
final class KeyRanges {
    /** Begin and end by kind. */
    private final Map<Byte, byte[][]> ranges = new TreeMap<>();

    /** Adds a range of keys of one kind. */
    void add(byte[] begin, byte[] end) {
        byte[][] range = ranges.computeIfAbsent(begin[0], kind -> new byte[][] {begin, end});
        range[0] = Arrays.compareUnsigned(begin, range[0]) < 0 ? begin : range[0];
        range[1] = Arrays.compareUnsigned(end, range[1]) > 0 ? end : range[1];
    }

    void add(KeyRanges other) {
        other.forEach(this::add);
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    /** Hands out begin and end of each. */
    void forEach(BiConsumer<byte[], byte[]> each) {
        ranges.values().forEach(range -> each.accept(range[0], range[1]));
    }
}
