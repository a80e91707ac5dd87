package io.daybook.benchmarks.compare;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where the peers are: what {@code mvn -Ppeers package} leaves in {@code benchmarks/peers/target}, beside the jar or the classes
 * that run now, or in the directory that a system property names.
 */
final class PeerJars {
    /** System property: the directory with the jar of the peers' module and its {@code lib}. */
    static final String PROPERTY = "daybook.bench.peers";

    static final String HOW_TO_BUILD =
            "the peers are not built; build them with: mvn -Ppeers -pl benchmarks,benchmarks/peers,benchmarks/peers/jraft -am package -DskipTests";

    private static final String JAR_PREFIX = "daybook-benchmarks-peers-";
    private static final String JRAFT_PREFIX = "daybook-benchmarks-jraft-";

    private final Path directory;

    PeerJars(Path directory) {
        this.directory = directory;
    }

    /** Those of this build. */
    static PeerJars find() {
        String named = System.getProperty(PROPERTY);
        if (named != null) {
            return new PeerJars(Path.of(named));
        }
        try {
            Path code = Path.of(PeerJars.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            // benchmarks/target/benchmarks.jar or benchmarks/target/classes
            return new PeerJars(code.resolve("../../peers/target").normalize());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean built() {
        return Files.isDirectory(directory.resolve("lib"))
                && jar().isPresent()
                && Files.isDirectory(jraft().resolve("lib"))
                && jar(jraft(), JRAFT_PREFIX).isPresent();
    }

    /** Of the JVM that runs a store. */
    String classPath(ComparedStore store) {
        String own = System.getProperty("java.class.path");
        return switch (store.jars()) {
            case OWN -> own;
            case OWN_AND_PEERS -> own + File.pathSeparator + jar().orElseThrow();
            case BOOKKEEPER -> jar().orElseThrow() + File.pathSeparator + library(directory);
            case JRAFT -> jar(jraft(), JRAFT_PREFIX).orElseThrow() + File.pathSeparator + library(jraft());
        };
    }

    private static String library(Path directory) {
        try (Stream<Path> jars = Files.list(directory.resolve("lib"))) {
            return jars.map(Path::toString).sorted().collect(Collectors.joining(File.pathSeparator));
        } catch (IOException e) {
            throw new IllegalStateException(HOW_TO_BUILD, e);
        }
    }

    /** Where the module of SOFAJRaft is built. */
    private Path jraft() {
        return directory.resolve("../jraft/target").normalize();
    }

    private Optional<String> jar() {
        return jar(directory, JAR_PREFIX);
    }

    private static Optional<String> jar(Path directory, String prefix) {
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> jars = files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .filter(file -> file.getFileName().toString().endsWith(".jar"))
                    .toList();
            return jars.stream().findFirst().map(Path::toString);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
