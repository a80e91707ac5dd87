package io.daybook.engine.model;

/** Random arguments of calls, mostly such that something comes of them. */
final class Arguments {
    static final long MAX_ENTRY = Long.MAX_VALUE - 1;
    private static final long[] LEDGERS = {0, 1, 2, 3, 7, 1000, Long.MAX_VALUE};
    /** One that no random operation touches. */
    static final long UNTOUCHED_LEDGER = 1001;

    private final Course course;
    private final ModelFollowing following;

    Arguments(Course course, ModelFollowing following) {
        this.course = course;
        this.following = following;
    }

    long ledger() {
        int die = course.random.nextInt(20);
        return LEDGERS[die < 8 ? 0 : die < 13 ? 1 : die < 16 ? 2 : 3 + course.random.nextInt(LEDGERS.length - 3)];
    }

    long entryId(long ledger) {
        ModelLedger known = following.accepted.get(ledger);
        long next = known == null ? 0 : Math.min(known.nextId, MAX_ENTRY);
        int die = course.random.nextInt(1000);
        if (die < 600) {
            return next;
        }
        if (die < 700) {
            return known == null || known.entries.isEmpty() ? next : present(known);
        }
        if (die < 770) {
            return above(next, course.random.nextInt(6));
        }
        if (die < 850) {
            return next == 0 ? 0 : course.random.nextLong(Math.min(next, 4000));
        }
        if (die < 900) {
            return course.random.nextInt(1200);
        }
        if (die < 940) {
            return above(next - next % 4, 4 + course.random.nextInt(2));
        }
        if (die < 960) {
            return 253 + course.random.nextInt(6);
        }
        if (die < 970) {
            return (1L << 40) + course.random.nextInt(300);
        }
        if (die < 974) {
            return MAX_ENTRY - course.random.nextInt(3);
        }
        return known == null || known.trimBound == 0 ? next : course.random.nextLong(known.trimBound);
    }

    static long above(long id, int more) {
        return id > MAX_ENTRY - more ? MAX_ENTRY : id + more;
    }

    long present(ModelLedger known) {
        Long id = known.entries.ceilingKey(course.random.nextLong(known.last() + 1));
        return id == null ? known.last() : id;
    }

    long readId(long ledger) {
        ModelLedger known = following.acked.get(ledger);
        int die = course.random.nextInt(10);
        if (known == null || known.entries.isEmpty() || die == 0) {
            return course.random.nextInt(300);
        }
        return die == 1
                ? above(known.last(), course.random.nextInt(3))
                : die == 2 ? course.random.nextLong(known.last() + 1) : present(known);
    }

    long lowId() {
        return course.random.nextInt(20) == 0 ? MAX_ENTRY - course.random.nextInt(2) : course.random.nextInt(60);
    }

    long truncation(long ledger) {
        ModelLedger known = following.accepted.get(ledger);
        long last = known == null ? 5 : known.last();
        int die = course.random.nextInt(10);
        return die == 0
                ? -1
                : die == 1 ? above(last, course.random.nextInt(3)) : Math.max(-1, last - course.random.nextInt(12));
    }

    long trim(long ledger) {
        ModelLedger known = following.accepted.get(ledger);
        long first = known == null ? 0 : Math.max(0, known.first());
        int die = course.random.nextInt(10);
        return die == 0
                ? known == null ? 3 : above(known.last(), 1 + course.random.nextInt(3))
                : above(first, course.random.nextInt(10));
    }

    byte[] entryBytes() {
        int die = course.random.nextInt(100);
        return bytes(die < 70 ? 60 : die < 97 ? 600 : ModelRun.ENTRY_BYTES_MAX);
    }

    byte[] bytes(int most) {
        byte[] bytes = new byte[course.random.nextInt(most + 1)];
        course.random.nextBytes(bytes);
        return bytes;
    }
}
