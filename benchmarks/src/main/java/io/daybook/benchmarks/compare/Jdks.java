package io.daybook.benchmarks.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** What a Java says of itself, with the place of its command; empty: there is none. */
    static Optional<String> describe(int feature) {
        return java(feature)
                .map(command -> command.getParent().getParent())
                .map(home -> value(home, "IMPLEMENTOR") + " " + value(home, "JAVA_RUNTIME_VERSION") + " in " + home);
    }

    private static String value(Path home, String name) {
        Matcher line = Pattern.compile("(?m)^" + name + "=\"(.*)\"$").matcher(release(home));
        return line.find() ? line.group(1) : "unknown";
    }

    private static Path command(Path home) {
        return home.resolve("bin").resolve("java");
    }

    private static boolean isOf(Path home, int feature) {
        return release(home).matches("(?s).*JAVA_VERSION=\"" + feature + "[.\"].*");
    }

    /** The text that every Java has beside its directories; empty if it cannot be read. */
    private static String release(Path home) {
        try {
            return Files.readString(home.resolve("release"));
        } catch (IOException e) {
            return "";
        }
    }
}
