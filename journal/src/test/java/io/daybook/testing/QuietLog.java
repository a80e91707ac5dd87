package io.daybook.testing;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Nothing is logged, for a test that lets thousands of things go wrong: with {@link ExtendWith} on its class. */
public final class QuietLog implements BeforeAllCallback, AfterAllCallback {
    /** Kept, as loggers that nobody holds are forgotten with their level. */
    private static final Logger LOG = Logger.getLogger("io.daybook");

    private Level before;

    @Override
    public void beforeAll(ExtensionContext context) {
        before = LOG.getLevel();
        LOG.setLevel(Level.OFF);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        LOG.setLevel(before);
    }
}
