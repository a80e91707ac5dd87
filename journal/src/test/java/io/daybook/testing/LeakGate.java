package io.daybook.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the test run when a Netty buffer was lost in any of its tests. JUnit finds it as a service in every module
 * that has this class on its test class path. It looks once, after the last test: garbage is collected and buffers are
 * allocated until Netty had every chance to report, then an open report is an error of the whole run.
 */
public final class LeakGate implements BeforeAllCallback {

    private static final int ROUNDS = 8;

    @Override
    public void beforeAll(ExtensionContext context) {
        ExtensionContext.Store root = context.getRoot().getStore(ExtensionContext.Namespace.create(LeakGate.class));
        root.getOrComputeIfAbsent("gate", key -> (AutoCloseable) LeakGate::check, AutoCloseable.class);
    }

    private static void check() {
        List<String> leaks = collect(ROUNDS, report -> true);
        if (!RecordingLeakDetector.installed()
                || ResourceLeakDetector.getLevel() != ResourceLeakDetector.Level.PARANOID) {
            throw new AssertionError("Netty's leak detection is off, so these tests say nothing about leaks: see the"
                    + " argLine of the test plugin in the parent pom.xml");
        }
        if (!leaks.isEmpty()) {
            throw new AssertionError(leaks.size() + " Netty buffer leak(s) in this test run:\n\n"
                    + String.join("\n----\n", leaks)
                    + "\n");
        }
    }

    /** Makes Netty report what is lost, at most {@code rounds} times, and takes out the reports that match. */
    static List<String> collect(int rounds, Predicate<String> which) {
        List<String> found = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            System.gc();
            pause();
            // Netty looks at its reference queue when it starts to watch another buffer
            for (int i = 0; i < 16; i++) {
                ByteBuf buffer = UnpooledByteBufAllocator.DEFAULT.directBuffer(16);
                buffer.release();
            }
            found.addAll(RecordingLeakDetector.take(which));
        }
        return found;
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
