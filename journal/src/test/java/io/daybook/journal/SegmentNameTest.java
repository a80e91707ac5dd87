package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which file names are those of segments. */
class SegmentNameTest {

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 9, 10, 999_999_999, 2_147_483_646L})
    void aNameGivesItsIdBack(long id) {
        assertThat(SegmentFormat.idOf(SegmentFormat.name(id))).hasValue(id);
    }

    @Test
    void aNameHasTenDigitsOrMore() {
        assertThat(SegmentFormat.name(7)).isEqualTo("segment-0000000007.journal");
        assertThat(SegmentFormat.name(10_000_000_000L)).isEqualTo("segment-10000000000.journal");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "STORE",
                "segment-.journal",
                "segment-000000007.journal",
                "segment-00000000007.journal",
                "segment--000000007.journal",
                "segment-+000000007.journal",
                "segment-000000000x.journal",
                "segment-000000000\u0667.journal",
                "segment-0000000007.journal.tmp",
                "segment-0000000007-journal",
                "Segment-0000000007.journal",
                "segment-2147483647.journal",
                "segment-10000000000.journal",
                "segment-1000000000000000000.journal",
                "segment-9999999999999999999.journal",
                "free-0000000007.journal"
            })
    void anythingElseIsNoSegment(String name) {
        assertThat(SegmentFormat.idOf(name)).isEmpty();
    }
}
