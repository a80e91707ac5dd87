package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Who may use RocksDB in the command. The rules of the library's own modules stand with the engine; their tool is not used
 * here, as it brings a log API along that writes to the stderr that other tests look at.
 */
class CliArchitectureTest {

    @Test
    void onlyTheBareStoreOfTheContrastKnowsRocksDb() throws IOException, URISyntaxException {
        Path classes = Path.of(
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            List<String> users = files.filter(file -> file.toString().endsWith(".class"))
                    .filter(CliArchitectureTest::namesRocksDb)
                    .map(file -> classes.relativize(file).toString())
                    .toList();
            assertThat(users).isNotEmpty().allMatch(name -> name.startsWith("io/daybook/cli/contrast/BareStore"));
        }
    }

    /** A class names what it uses in its constants. */
    private static boolean namesRocksDb(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).contains("org/rocksdb/");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
