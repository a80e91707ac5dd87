package io.daybook.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One step of clearing: the next dropped generations, as few range deletions. Neighbours with no row between them share a
 * range; a generation that has no rows needs none. <b>For the holder of the writer lock.</b>
 */
final class DroppedRanges {
    /** Dropped generations looked at in one step: each costs up to four seeks. */
    private static final int GENERATIONS_MAX = 1000;

    private final RocksHandle rocks;
    private final int rangesMax;
    private final BatchLog log = new BatchLog(16 << 10);
    /** Keys of the dropped generations that this step clears. */
    private final List<byte[]> taken = new ArrayList<>();

    private int ranges;
    private final KeyRanges cleared = new KeyRanges();

    private DroppedRanges(RocksHandle rocks, int rangesMax) {
        this.rocks = rocks;
        this.rangesMax = rangesMax;
    }

    static DroppedRanges collect(RocksHandle rocks, int rangesMax) {
        DroppedRanges step = new DroppedRanges(rocks, rangesMax);
        byte[] prefix = {Keys.DROPPED};
        List<byte[]> keys = new ArrayList<>();
        rocks.scan(prefix, true, GENERATIONS_MAX, (key, value) -> {
            if (!Keys.startsWith(key, prefix)) {
                return false;
            }
            // Decoding checks the key: it is about to say what is deleted.
            keys.add(Keys.dropped(Keys.number(key, 2, 0), Keys.number(key, 2, 1)));
            return true;
        });
        step.add(keys);
        return step;
    }

    private void add(List<byte[]> keys) {
        Joined buckets = new Joined(Keys.BUCKET);
        Joined live = new Joined(Keys.LIVE);
        for (byte[] key : keys) {
            int more = buckets.look(key) + live.look(key);
            if (ranges + buckets.open() + live.open() + more > rangesMax) {
                break;
            }
            buckets.take();
            live.take();
            log.delete(key);
            taken.add(key);
        }
        buckets.end();
        live.end();
    }

    /** The range that is being widened, of one kind of rows. */
    private final class Joined {
        private final byte kind;
        private byte[] begin;
        private byte[] end;
        private byte[] next;
        private byte[] nextEnd;
        private boolean hasRows;
        private boolean joins;

        Joined(byte kind) {
            this.kind = kind;
        }

        int open() {
            return begin == null ? 0 : 1;
        }

        /** Looks at a generation: 1 if it needs a range of its own, 0 if none or the open one will do. */
        int look(byte[] droppedKey) {
            next = droppedKey.clone();
            next[0] = kind;
            nextEnd = Keys.successor(next);
            hasRows = !isEmpty(next, nextEnd);
            joins = hasRows && begin != null && isEmpty(end, next);
            return hasRows && !joins ? 1 : 0;
        }

        /** Takes the generation looked at last. */
        void take() {
            if (!hasRows) {
                return;
            }
            if (!joins) {
                end();
                begin = next;
            }
            end = nextEnd;
        }

        void end() {
            if (begin != null) {
                log.deleteRange(begin, end);
                ranges++;
                cleared.add(begin, end);
                begin = null;
            }
        }

        private boolean isEmpty(byte[] from, byte[] to) {
            boolean[] empty = {true};
            rocks.scan(from, true, 1, (key, value) -> {
                empty[0] = Arrays.compareUnsigned(key, to) >= 0;
                return false;
            });
            return empty[0];
        }
    }

    BatchLog log() {
        return log;
    }

    int generations() {
        return taken.size();
    }

    /** Called after the try to write it: tells whose rows may be gone. */
    void tellChanges(RowCache cached) {
        taken.forEach(key -> cached.allChanged(Keys.number(key, 2, 0), Keys.number(key, 2, 1)));
    }

    int ranges() {
        return ranges;
    }

    /** Returns what this step's ranges reach over. */
    KeyRanges cleared() {
        return cleared;
    }
}
