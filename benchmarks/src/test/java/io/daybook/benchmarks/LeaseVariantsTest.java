package io.daybook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseVariantsTest {
    @TempDir
    private Path directory;

    @Test
    void guardedLeaseCountsItsHolds() throws Exception {
        assertThat(holdsWhileOneIsOut(LeaseVariants.guarded(directory))).isEqualTo(1);
    }

    @Test
    void unguardedLeaseCountsNothing() throws Exception {
        assertThat(holdsWhileOneIsOut(LeaseVariants.unguarded(directory))).isZero();
    }

    /** Classes of the directory alone, as the boot loader would take them. */
    private static long holdsWhileOneIsOut(Path variant) throws IOException, ReflectiveOperationException {
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {variant.toUri().toURL()}, null)) {
            Class<?> type = loader.loadClass("io.daybook.lease.Lease");
            Object lease = type.getConstructor(String.class).newInstance("variant");
            Object hold = type.getMethod("tryAcquire").invoke(lease);
            long holds = (long) type.getMethod("holds").invoke(lease);
            ((AutoCloseable) hold).close();
            Object report = type.getMethod("end", Duration.class).invoke(lease, Duration.ZERO);
            assertThat(report.getClass().getMethod("drained").invoke(report)).isEqualTo(true);
            return holds;
        } catch (ReflectiveOperationException | IOException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
