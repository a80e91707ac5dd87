package io.daybook.benchmarks.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The Java installations of this machine: this one, and those beside it. */
final class Jdks {
    private static final Path HOME = Path.of(System.getProperty("java.home"));

    private Jdks() {}

    /**
     * The command of a Java.
     *
     * @param feature its version, as 25; 0: this one
     * @return empty: there is none beside this one
     */
    static Optional<Path> java(int feature) {
        if (feature == 0) {
            return Optional.of(command(HOME));
        }
        Path parent = HOME.toAbsolutePath().getParent();
        if (parent == null) {
            return Optional.empty();
        }
        try (Stream<Path> homes = Files.list(parent)) {
            return homes.filter(home -> isOf(home, feature))
                    .map(Jdks::command)
                    .filter(Files::isExecutable)
                    .sorted()
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path command(Path home) {
        return home.resolve("bin").resolve("java");
    }

    private static boolean isOf(Path home, int feature) {
        Path release = home.resolve("release");
        try {
            return Files.isRegularFile(release)
                    && Files.readString(release).matches("(?s).*JAVA_VERSION=\"" + feature + "[.\"].*");
        } catch (IOException e) {
            return false;
        }
    }
}
