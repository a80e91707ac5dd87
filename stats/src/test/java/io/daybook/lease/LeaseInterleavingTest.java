package io.daybook.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Visits every order in which three acquires (on two stripes) and one end can take their steps. A step is one volatile
 * access of {@link Lease}, as all of them have one total order. This is a model of the algorithm, kept step by step like the
 * code: what it finds is deterministic, and each seeded mistake must be found. Covers rule 39.
 */
class LeaseInterleavingTest {

    private enum Mistake {
        NONE,
        CHECK_THEN_INCREMENT,
        RELEASE_ON_ANOTHER_STRIPE,
        SUM_THEN_SET_BIT,
        LOOK_AT_BIT_THEN_DECREMENT,
        REFUSED_DOES_NOT_SIGNAL
    }

    private enum Violation {
        USE_AFTER_FREE,
        END_SLEEPS_FOR_EVER
    }

    private static final int USERS = 3;

    // Where each value stands in a state.
    private static final int STRIPE = 0;
    private static final int BIT = 2;
    private static final int FREED = 3;
    private static final int END = 4;
    private static final int SEEN_HOLD = 5;
    private static final int USER = 6;
    private static final int SAW_BIT = USER + USERS;
    private static final int REFUSED = SAW_BIT + USERS;
    private static final int SIZE = REFUSED + USERS;

    // Steps of a user.
    private static final int CHECK = 0;
    private static final int INCREMENT = 1;
    private static final int RECHECK = 2;
    private static final int USE_BEGIN = 3;
    private static final int USE_END = 4;
    private static final int EARLY_LOOK = 5;
    private static final int DECREMENT = 6;
    private static final int LOOK = 7;
    private static final int SIGNAL = 8;
    private static final int DONE = 9;

    // Steps of the end. The lock is held from READ_0 to DECIDE; sleeping gives it up.
    private static final int SET_BIT = 0;
    private static final int LOCK = 1;
    private static final int READ_0 = 2;
    private static final int READ_1 = 3;
    private static final int DECIDE = 4;
    private static final int ASLEEP = 5;
    private static final int LATE_SET_BIT = 6;
    private static final int FREE = 7;
    private static final int ENDED = 8;

    private Mistake mistake = Mistake.NONE;
    private final Set<Violation> violations = EnumSet.noneOf(Violation.class);
    private int completions;

    @Test
    void noOrderBreaksTheLease() {
        explore();

        assertThat(violations).isEmpty();
        assertThat(completions).as("orders end, and in more than one state").isGreaterThan(0);
    }

    @ParameterizedTest
    @EnumSource(names = {"CHECK_THEN_INCREMENT", "RELEASE_ON_ANOTHER_STRIPE", "SUM_THEN_SET_BIT"})
    void mistakeLeadsToUseAfterFree(Mistake seeded) {
        mistake = seeded;
        explore();

        assertThat(violations).contains(Violation.USE_AFTER_FREE);
    }

    @ParameterizedTest
    @EnumSource(names = {"LOOK_AT_BIT_THEN_DECREMENT", "REFUSED_DOES_NOT_SIGNAL"})
    void mistakeLosesTheWakeUp(Mistake seeded) {
        mistake = seeded;
        explore();

        assertThat(violations).containsExactly(Violation.END_SLEEPS_FOR_EVER);
    }

    private void explore() {
        Set<List<Integer>> seen = new HashSet<>();
        Deque<int[]> open = new ArrayDeque<>();
        int[] start = new int[SIZE];
        start[END] = mistake == Mistake.SUM_THEN_SET_BIT ? LOCK : SET_BIT;
        open.push(start);
        while (!open.isEmpty()) {
            int[] state = open.pop();
            if (!seen.add(Arrays.stream(state).boxed().collect(Collectors.toList()))) {
                continue;
            }
            boolean stuck = true;
            for (int actor = 0; actor <= USERS; actor++) {
                int[] next = state.clone();
                if (actor == USERS ? stepEnd(next) : stepUser(next, actor)) {
                    stuck = false;
                    open.push(next);
                }
            }
            if (stuck) {
                completions++;
                if (state[END] != ENDED) {
                    violations.add(Violation.END_SLEEPS_FOR_EVER);
                }
            }
        }
    }

    /** Returns false if this user has nothing to do or must wait. */
    private boolean stepUser(int[] s, int user) {
        int pc = USER + user;
        int stripe = STRIPE + user % 2;
        switch (s[pc]) {
            case CHECK -> s[pc] = s[BIT] == 1 ? DONE : INCREMENT;
            case INCREMENT -> {
                s[stripe]++;
                s[pc] = mistake == Mistake.CHECK_THEN_INCREMENT ? USE_BEGIN : RECHECK;
            }
            case RECHECK -> {
                s[REFUSED + user] = s[BIT];
                s[pc] = s[BIT] == 1 ? EARLY_LOOK : USE_BEGIN;
            }
            case USE_BEGIN, USE_END -> {
                if (s[FREED] == 1) {
                    violations.add(Violation.USE_AFTER_FREE);
                }
                s[pc]++;
            }
            case EARLY_LOOK -> {
                s[SAW_BIT + user] = s[BIT];
                s[pc] = DECREMENT;
            }
            case DECREMENT -> {
                int from = mistake == Mistake.RELEASE_ON_ANOTHER_STRIPE ? STRIPE + 1 - user % 2 : stripe;
                s[pc] = --s[from] <= 0 ? LOOK : DONE;
            }
            case LOOK -> {
                boolean bit = mistake == Mistake.LOOK_AT_BIT_THEN_DECREMENT ? s[SAW_BIT + user] == 1 : s[BIT] == 1;
                boolean silent = mistake == Mistake.REFUSED_DOES_NOT_SIGNAL && s[REFUSED + user] == 1;
                s[pc] = bit && !silent ? SIGNAL : DONE;
            }
            case SIGNAL -> {
                if (s[END] >= READ_0 && s[END] <= DECIDE) {
                    return false;
                }
                if (s[END] == ASLEEP) {
                    s[END] = LOCK;
                }
                s[pc] = DONE;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean stepEnd(int[] s) {
        switch (s[END]) {
            case SET_BIT -> {
                s[BIT] = 1;
                s[END] = LOCK;
            }
            case LOCK -> {
                s[SEEN_HOLD] = 0;
                s[END] = READ_0;
            }
            case READ_0, READ_1 -> {
                if (s[STRIPE + s[END] - READ_0] != 0) {
                    s[SEEN_HOLD] = 1;
                }
                s[END]++;
            }
            case DECIDE -> {
                boolean late = mistake == Mistake.SUM_THEN_SET_BIT;
                int ifHeld = late ? LOCK : ASLEEP;
                int ifEmpty = late ? LATE_SET_BIT : FREE;
                s[END] = s[SEEN_HOLD] == 1 ? ifHeld : ifEmpty;
            }
            case LATE_SET_BIT -> {
                s[BIT] = 1;
                s[END] = FREE;
            }
            case FREE -> {
                s[FREED] = 1;
                s[END] = ENDED;
            }
            default -> {
                return false;
            }
        }
        return true;
    }
}
