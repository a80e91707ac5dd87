package io.daybook.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyRangesTest {
    @Test
    void eachKindHasARangeOfItsOwn() {
        KeyRanges ranges = new KeyRanges();
        assertTrue(ranges.isEmpty());
        ranges.add(Keys.bucket(5, 1, 0), Keys.bucket(6, 0, 0));
        ranges.add(Keys.live(9, 1, 0), Keys.live(9, 2, 0));
        KeyRanges more = new KeyRanges();
        more.add(Keys.bucket(3, 1, 0), Keys.bucket(4, 0, 0));
        ranges.add(more);
        List<byte[]> ends = new ArrayList<>();
        ranges.forEach((begin, end) -> {
            ends.add(begin);
            ends.add(end);
        });
        assertEquals(4, ends.size());
        assertArrayEquals(Keys.bucket(3, 1, 0), ends.get(0));
        assertArrayEquals(Keys.bucket(6, 0, 0), ends.get(1));
        assertArrayEquals(Keys.live(9, 1, 0), ends.get(2));
        assertArrayEquals(Keys.live(9, 2, 0), ends.get(3));
    }
}
