package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class JsonTest {

    @Test
    void valuesOfAllKinds() {
        assertThat(new Json().toString()).isEqualTo("{}");
        assertThat(new Json()
                        .put("a", 1)
                        .put("b", true)
                        .put("c", OptionalLong.empty())
                        .put("d", OptionalLong.of(-1))
                        .put("e", 1.23456)
                        .put("f", Double.NaN)
                        .toString())
                .isEqualTo("{\"a\":1,\"b\":true,\"c\":null,\"d\":-1,\"e\":1.235,\"f\":null}");
    }

    @Test
    void textIsEscaped() {
        assertThat(new Json().put("a", "q\" b\\ n\n r\r t\t \u0001 ü").toString())
                .isEqualTo("{\"a\":\"q\\\" b\\\\ n\\n r\\r t\\t \\u0001 ü\"}");
    }
}
