package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ConvertersTest {

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "4096, 4096",
        "4096B, 4096",
        "64KiB, 65536",
        "64kib, 65536",
        "64K, 65536",
        "1.5 GiB, 1610612736",
        "0.5KiB, 512",
        "2TiB, 2199023255552",
        "8388607TiB, 9223370937343148032",
        "9223372036854775807, 9223372036854775807"
    })
    void readsSizes(String text, long bytes) {
        assertThat(new Converters.Size().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "0",
                "0KiB",
                "-1",
                "-64MiB",
                "64MB",
                "MiB",
                "1e3",
                "0x10",
                "1 2",
                "64MiB.",
                "NaN",
                "+1",
                "9223372036854775808",
                "8388608TiB",
                "99999999999999999999",
                "1,000",
                "0.1"
            })
    void refusesWhatIsNoSize(String text) {
        assertThatThrownBy(() -> new Converters.Size().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + text + "'");
    }
}
