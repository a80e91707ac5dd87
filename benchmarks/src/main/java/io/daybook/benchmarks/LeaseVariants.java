package io.daybook.benchmarks;

import io.daybook.lease.Lease;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * The package of the lease as it is, and once more with a lease that guards nothing. A JVM that has one of them on its boot
 * class path takes it from there, before the class path, so that all other classes are the same bytes.
 */
final class LeaseVariants {
    private static final String PACKAGE = "io/daybook/lease";
    private static final String UNGUARDED = "UnguardedLease.java.txt";

    private LeaseVariants() {}

    /** The JVM argument that takes a variant. */
    static String argument(Path variant) {
        return "-Xbootclasspath/a:" + variant;
    }

    /** Copies the package as it is. */
    static Path guarded(Path directory) throws IOException {
        Path target = Files.createDirectories(directory.resolve(PACKAGE));
        try {
            Path from = Path.of(Lease.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (Files.isDirectory(from)) {
                copy(from.resolve(PACKAGE), target);
            } else {
                try (FileSystem jar = FileSystems.newFileSystem(from)) {
                    copy(jar.getPath(PACKAGE), target);
                }
            }
        } catch (URISyntaxException e) {
            throw new IOException("the classes of the lease have no place", e);
        }
        return directory;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName().toString()));
            }
        }
    }

    /** Copies the package and compiles the other lease into it; needs a JDK. */
    static Path unguarded(Path directory) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IllegalStateException("this is no JDK: it has no compiler");
        }
        guarded(directory);
        Path source = directory.resolve(PACKAGE).resolve("Lease.java");
        try (InputStream text = LeaseVariants.class.getResourceAsStream(UNGUARDED)) {
            Files.copy(text, source);
        }
        List<String> arguments =
                List.of("--release", "17", "-proc:none", "-cp", directory.toString(), "-d", directory.toString());
        String[] all =
                Stream.concat(arguments.stream(), Stream.of(source.toString())).toArray(String[]::new);
        if (compiler.run(null, null, null, all) != 0) {
            throw new IllegalStateException("the lease that guards nothing does not compile");
        }
        return directory;
    }
}
