package io.daybook.engine.mutants;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The sources of this project, changed in exact places and compiled. */
final class MutatedSource {
    private static final List<String> MODULES = List.of("stats", "journal", "index", "engine");

    private MutatedSource() {}

    /**
     * One change of a source.
     *
     * @param type the class, by its name below {@code io.daybook}, with dots
     * @param before what stands there, once; any white space is as good as any other
     * @param after what to put in its place
     */
    record Edit(String type, String before, String after) {
        /** The name of the class. */
        String className() {
            return "io.daybook." + type;
        }

        private Pattern pattern() {
            return Pattern.compile(
                    Stream.of(before.strip().split("\\s+")).map(Pattern::quote).collect(Collectors.joining("\\s+")));
        }
    }

    /**
     * Applies edits.
     *
     * @return the changed sources, by class name
     * @throws AssertionError if what should be changed does not stand there exactly once
     */
    static Map<String, String> apply(List<Edit> edits) throws IOException {
        Map<String, String> sources = new TreeMap<>();
        for (Edit edit : edits) {
            String source = sources.get(edit.className());
            if (source == null) {
                source = Files.readString(file(edit.className()));
            }
            List<int[]> places = new ArrayList<>();
            for (Matcher matcher = edit.pattern().matcher(source); matcher.find(); ) {
                places.add(new int[] {matcher.start(), matcher.end()});
            }
            if (places.size() != 1) {
                throw new AssertionError("\"" + edit.before() + "\" stands " + places.size() + " times in "
                        + edit.className() + ", not once: the mutant must follow the source");
            }
            int[] at = places.get(0);
            sources.put(edit.className(), source.substring(0, at[0]) + edit.after() + source.substring(at[1]));
        }
        return sources;
    }

    /** The sources that edits would change, as they are. */
    static Map<String, String> unchanged(List<Edit> edits) throws IOException {
        Map<String, String> sources = new TreeMap<>();
        for (Edit edit : edits) {
            sources.put(edit.className(), Files.readString(file(edit.className())));
        }
        return sources;
    }

    private static Path file(String className) {
        String path = className.replace('.', '/') + ".java";
        for (String module : MODULES) {
            Path file = root().resolve(module).resolve("src/main/java").resolve(path);
            if (Files.exists(file)) {
                return file;
            }
        }
        throw new AssertionError("there is no " + className);
    }

    /** The directory that has the modules. */
    static Path root() {
        Path module = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        return Files.isDirectory(module.resolve("journal")) ? module : module.getParent();
    }

    /** Compiles sources against the classes of this JVM, into a directory. */
    static void compile(Map<String, String> sources, Path scratch, Path classes) throws IOException {
        Files.createDirectories(classes);
        List<Path> files = new ArrayList<>();
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = scratch.resolve(source.getKey().replace('.', '/') + ".java");
            Files.createDirectories(file.getParent());
            Files.writeString(file, source.getValue());
            files.add(file);
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-proc:none",
                    "-nowarn",
                    "-parameters",
                    "-d",
                    classes.toString(),
                    "-cp",
                    System.getProperty("java.class.path"));
            if (!compiler.getTask(
                            messages,
                            manager,
                            null,
                            options,
                            null,
                            manager.getJavaFileObjects(files.toArray(new Path[0])))
                    .call()) {
                throw new AssertionError("mutant of " + sources.keySet() + " does not compile: " + messages);
            }
        }
    }
}
