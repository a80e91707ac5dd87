package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The example of the README compiles, does what it says and stands there as it stands here. */
class ReadmeExampleTest {
    private static final Pattern README = Pattern.compile("<!-- example -->\\s*```java\\n(.*?)```", Pattern.DOTALL);

    private static Path example() throws IOException {
        // begin of the example
        Path directory = Files.createTempDirectory("daybook");
        try (LedgerEngine engine = LedgerEngine.open(directory)) {
            ByteBuf hello = Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8);
            CompletableFuture<Long> appended = engine.append(7, hello);
            long entryId = appended.join(); // on the device now
            ByteBuf read = engine.read(7, entryId);
            System.out.println(read.toString(StandardCharsets.UTF_8));
            read.release();
            hello.release();
        }
        // end of the example
        return directory;
    }

    @Test
    void theExamplePrintsWhatItAppended() throws IOException {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        Path directory;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            directory = example();
        } finally {
            System.setOut(before);
        }
        RealStores.delete(directory);
        assertThat(printed.toString(StandardCharsets.UTF_8).strip()).isEqualTo("hello");
    }

    @Test
    void theReadmeShowsThisExample() throws IOException {
        Path module = Path.of("").toAbsolutePath();
        Path root = Files.exists(module.resolve("engine")) ? module : module.getParent();
        Path readme = root.resolve("README.md");
        assumeThat(readme).exists();
        Matcher block = README.matcher(Files.readString(readme));
        assumeThat(block.find()).as("README.md has an example").isTrue();

        List<String> source =
                Files.readAllLines(root.resolve("engine/src/test/java/io/daybook/engine/ReadmeExampleTest.java"));
        int begin = indexOf(source, "// begin of the example");
        int end = indexOf(source, "// end of the example");
        String here = String.join("\n", source.subList(begin + 1, end)).stripIndent();
        assertThat(block.group(1).stripTrailing()).isEqualTo(here.stripTrailing());
    }

    private static int indexOf(List<String> lines, String text) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).strip().equals(text)) {
                return i;
            }
        }
        throw new AssertionError("no line " + text);
    }
}
