package io.daybook.engine.ledger;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

/**
 * A map from a long to an object without boxing: <b>one writer at a time</b> (the caller sees to that), <b>any number of readers</b>
 * without locks. Open addressing with linear probing; a removed key leaves its slot taken until the table is rebuilt.
 *
 * <p>A reader sees every put and remove that happened before its call, and a consistent value for each key.
 *
 * @param <V> the values, not null
 */
public final class LongMap<V> {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final int INITIAL_SLOTS = 16;

    /** Keys are written before their node is published and never change within a table. */
    private volatile Object[] table = new Object[INITIAL_SLOTS];

    private int used;
    private volatile int size;

    /** A key and its value; null value: removed. */
    private static final class Node {
        final long key;
        volatile Object value;

        Node(long key, Object value) {
            this.key = key;
            this.value = value;
        }
    }

    /** An empty map. */
    public LongMap() {}

    private static int mix(long key) {
        long hash = key * 0x9E3779B97F4A7C15L;
        return (int) (hash ^ hash >>> 32);
    }

    /** Returns the value of a key, null if there is none. */
    @SuppressWarnings("unchecked")
    public V get(long key) {
        Object[] slots = table;
        int mask = slots.length - 1;
        for (int i = mix(key) & mask; ; i = i + 1 & mask) {
            Node node = (Node) SLOT.getAcquire(slots, i);
            if (node == null) {
                return null;
            }
            if (node.key == key) {
                return (V) node.value;
            }
        }
    }

    /** Sets the value of a key. Writer only. */
    public void put(long key, V value) {
        Node node = find(key);
        if (node != null) {
            if (node.value == null) {
                size++;
            }
            node.value = value;
            return;
        }
        if ((used + 1) * 2 > table.length) {
            rebuild();
        }
        insert(table, new Node(key, value));
        used++;
        size++;
    }

    /** Removes a key. Writer only. */
    public void remove(long key) {
        Node node = find(key);
        if (node != null && node.value != null) {
            node.value = null;
            size--;
        }
    }

    /** Returns the number of keys. */
    public int size() {
        return size;
    }

    /** Hands out every value, weakly consistent. */
    @SuppressWarnings("unchecked")
    public void forEach(Consumer<? super V> consumer) {
        for (Object slot : table) {
            Object value = slot == null ? null : ((Node) slot).value;
            if (value != null) {
                consumer.accept((V) value);
            }
        }
    }

    private Node find(long key) {
        Object[] slots = table;
        int mask = slots.length - 1;
        for (int i = mix(key) & mask; ; i = i + 1 & mask) {
            Node node = (Node) slots[i];
            if (node == null || node.key == key) {
                return node;
            }
        }
    }

    private static void insert(Object[] slots, Node node) {
        int mask = slots.length - 1;
        int i = mix(node.key) & mask;
        while (slots[i] != null) {
            i = i + 1 & mask;
        }
        SLOT.setRelease(slots, i, node);
    }

    private void rebuild() {
        int slots = INITIAL_SLOTS;
        while (slots < (size + 1) * 4) {
            slots *= 2;
        }
        Object[] next = new Object[slots];
        used = 0;
        for (Object slot : table) {
            if (slot != null && ((Node) slot).value != null) {
                insert(next, (Node) slot);
                used++;
            }
        }
        table = next;
    }
}
