package io.daybook.engine;

import io.daybook.engine.lifecycle.Environment;
import java.io.IOException;

/** An engine on an environment of the test's choice, for tests outside of this package. */
public final class TestEngines {
    private final DaybookEngine engine;

    private TestEngines(DaybookEngine engine) {
        this.engine = engine;
    }

    /** Opens an engine; failures of the disk come as they are, not translated. */
    public static TestEngines open(EngineConfig config, Environment environment) throws IOException {
        return new TestEngines(DaybookEngine.open(config, environment));
    }

    /** Returns the engine. */
    public LedgerEngine engine() {
        return engine;
    }

    /** Returns the records that the open replayed. */
    public long replayedRecords() {
        return engine.replayedRecords();
    }

    /** Does all work there is, on this thread; whether there was any. */
    public boolean pump() {
        return engine.pump();
    }
}
