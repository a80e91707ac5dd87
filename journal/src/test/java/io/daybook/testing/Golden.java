package io.daybook.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Bytes as they were when their format was published, in {@code src/test/resources/golden}. They change only with the version;
 * {@code -Ddaybook.golden=write} writes them anew. <b>Thread-safe.</b>
 */
public final class Golden {
    private static final Path DIRECTORY = Path.of("src", "test", "resources", "golden");
    private static final String WRITE = "write";

    private Golden() {}

    /** Counts, so that ids and nonces are the same for ever. */
    private static final class Counter extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private long next;

        Counter(long before) {
            next = before;
        }

        @Override
        public long nextLong() {
            return ++next;
        }
    }

    /** What gives ids and nonces: the numbers behind one, again and again the same. */
    public static SecureRandom counter(long before) {
        return new Counter(before);
    }

    /** As above, with the numbers of the first store. */
    public static SecureRandom counter() {
        return counter(0x1122334455667700L);
    }

    /** Fails unless bytes that were written now are those of a file. */
    public static void assertSame(String name, byte[] written) throws IOException {
        Path file = DIRECTORY.resolve(name);
        if (isWriting()) {
            Files.createDirectories(file.getParent());
            Files.write(file, written);
        }
        assertThat(HexFormat.of().formatHex(written))
                .as(name)
                .isEqualTo(HexFormat.of().formatHex(Files.readAllBytes(file)));
    }

    /** Whether files are written anew, and not only compared. */
    public static boolean isWriting() {
        return WRITE.equals(System.getProperty("daybook.golden"));
    }

    /** The bytes of a file, of this module or of one whose tests this module's can see. */
    public static byte[] bytes(String name) throws IOException {
        try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name)) {
            assertThat(in).as("golden file " + name).isNotNull();
            return in.readAllBytes();
        }
    }
}
