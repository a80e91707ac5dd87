package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the README compiles as it stands there, does what it says, and is found under the coordinates given there. */
class ReadmeExampleTest {
    private static final Path README = Path.of("..", "README.md");
    private static final Path POM = Path.of("..", "pom.xml");
    private static final Pattern EXAMPLE = Pattern.compile("<!-- example -->\\s*```java\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern DEPENDENCY = Pattern.compile("<dependency>(.*?)</dependency>", Pattern.DOTALL);

    @TempDir
    private Path classes;

    /** The example as a class whose method returns the directory that the example made. */
    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///Example.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static String found(Pattern pattern, Path file) throws IOException {
        Matcher matcher = pattern.matcher(Files.readString(file));
        assertThat(matcher.find()).as(file + " has " + pattern).isTrue();
        return matcher.group(1);
    }

    private static String source() throws IOException {
        String example = found(EXAMPLE, README);
        List<String> lines = example.lines().toList();
        String imports = lines.stream().filter(ReadmeExampleTest::isImport).collect(Collectors.joining("\n"));
        String body = lines.stream().filter(line -> !isImport(line)).collect(Collectors.joining("\n"));
        return imports + "\npublic class Example { public static Path run() throws Exception {\n" + body
                + "\nreturn directory; } }\n";
    }

    private static boolean isImport(String line) {
        return line.startsWith("import ");
    }

    @Test
    void theExampleCompilesAndPrintsWhatItAppended() throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertThat(compiler).as("the compiler of a JDK").isNotNull();
        StringWriter told = new StringWriter();
        List<String> options = List.of(
                "-proc:none",
                "-d",
                classes.toString(),
                "-classpath",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        List<? extends JavaFileObject> sources = List.of(new Source(source()));
        assertThat(compiler.getTask(told, null, null, options, null, sources).call())
                .as(told.toString())
                .isTrue();

        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        Path directory;
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            Method run = loader.loadClass("Example").getMethod("run");
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            try {
                directory = (Path) run.invoke(null);
            } finally {
                System.setOut(before);
            }
        }
        RealStores.delete(directory);
        assertThat(printed.toString(StandardCharsets.UTF_8).strip()).isEqualTo("hello");
    }

    @Test
    void theCoordinatesAreThoseOfTheEngine() throws IOException {
        String dependency = found(DEPENDENCY, README);
        assertThat(element(dependency, "groupId")).isEqualTo(element(Files.readString(POM), "groupId"));
        assertThat(element(dependency, "version")).isEqualTo(element(Files.readString(POM), "version"));
        String module = Files.readString(Path.of("pom.xml"));
        String own = module.substring(module.indexOf("</parent>"));
        assertThat(element(dependency, "artifactId")).isEqualTo(element(own, "artifactId"));
    }

    /** The first element of a name: in a pom, that of the project stands before those of others. */
    private static String element(String xml, String name) {
        Matcher matcher = Pattern.compile("<" + name + ">(.*?)</" + name + ">").matcher(xml);
        assertThat(matcher.find()).as(name).isTrue();
        return matcher.group(1);
    }
}
