package io.daybook.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void valuesSurvive() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("text", "a \"b\"\\ \n\t\u0001 ü");
        map.put("numbers", List.of(1.0, -2.5e-9, 1e300));
        map.put("words", Arrays.asList(true, false, null));
        map.put("nothing", Map.of());
        map.put("maps", List.of(Map.of("a", 1.0), Map.of()));
        assertThat(Json.parse(Json.line(map))).isEqualTo(map);
        assertThat(Json.parse(Json.text(map))).isEqualTo(map);
        assertThat(Json.line(map)).doesNotContain("\n");
    }

    @Test
    void whatIsNoNumberIsNull() {
        assertThat(Json.line(List.of(Double.NaN, 1.0))).isEqualTo("[null, 1]");
    }

    @Test
    void escapesOfOthersAreRead() {
        assertThat(Json.parse(" \"\\u00fc\\/\\b\" ")).isEqualTo("ü/\b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "[1 2]", "{\"a\" 1}", "\"a", "\"\\x\"", "tru", "1 2", "{a: 1}", "-", "[1,", "\"\\u00"})
    void whatIsNoJsonIsRefusedWithItsPlace(String text) {
        assertThatThrownBy(() -> Json.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("no JSON: expected")
                .hasMessageContaining("at character");
    }
}
