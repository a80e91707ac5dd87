package io.daybook.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Inputs that are kept: one file a target, one input a line in hex; what stands behind the hex, or behind {@code #} alone, is for
 * people.
 */
final class Corpus {
    private static final Path DIRECTORY = Path.of("src", "test", "resources", "corpus");

    private Corpus() {}

    static Path file(Targets target) {
        return DIRECTORY.resolve(target.name().toLowerCase(Locale.ROOT) + ".txt");
    }

    static List<byte[]> read(Targets target) throws IOException {
        List<byte[]> inputs = new ArrayList<>();
        if (Files.exists(file(target))) {
            for (String line : Files.readAllLines(file(target), StandardCharsets.UTF_8)) {
                String hex = line.split("[ #]", 2)[0];
                if (!hex.isEmpty() || line.startsWith(" ")) {
                    inputs.add(HexFormat.of().parseHex(hex));
                }
            }
        }
        return inputs;
    }

    /** Puts inputs behind those that are kept, shortest first. */
    static void add(Targets target, Collection<byte[]> inputs) throws IOException {
        List<String> lines = new ArrayList<>();
        if (Files.exists(file(target))) {
            lines.addAll(Files.readAllLines(file(target), StandardCharsets.UTF_8));
        }
        inputs.stream()
                .sorted(Comparator.comparingInt((byte[] input) -> input.length))
                .map(input -> HexFormat.of().formatHex(input))
                .filter(hex -> !hex.isEmpty() && !lines.contains(hex))
                .forEach(lines::add);
        Files.createDirectories(DIRECTORY);
        Files.write(file(target), lines, StandardCharsets.UTF_8);
    }
}
