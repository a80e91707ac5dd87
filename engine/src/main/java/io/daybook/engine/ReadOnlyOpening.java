package io.daybook.engine;

import io.daybook.engine.lifecycle.Environment;
import io.daybook.journal.JournalException;
import io.daybook.journal.JournalOpening;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/**
 * Opens a store for reading, perhaps beside a writer. That one may give segments back and use their files again while they are
 * looked at, so what is missing or does not verify is no damage yet: manifest and index are read again and all is tried again.
 * Only what fails twice under the same manifest is damage.
 */
final class ReadOnlyOpening {
    /** A writer that changes the manifest faster than it can be read wins in the end. */
    private static final int TRIES_MAX = 50;

    /** The index changes without the manifest. */
    private static final int INDEX_TRIES_MAX = 5;

    private static final long NOT_READABLE = -1;

    private ReadOnlyOpening() {}

    static DaybookEngine open(EngineConfig config, Environment environment, StoreTools.Progress progress)
            throws IOException {
        long failedUnder = Long.MIN_VALUE;
        int indexFailures = 0;
        for (int tries = 1; ; tries++) {
            try {
                return new EngineAssembly(config, environment, progress).open();
            } catch (JournalException | NoSuchFileException | CorruptStoreException e) {
                long manifest = manifest(environment);
                if (tries == TRIES_MAX || manifest == failedUnder) {
                    throw e;
                }
                failedUnder = manifest;
            } catch (EngineFailedException e) {
                if (++indexFailures == INDEX_TRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    private static long manifest(Environment environment) {
        try {
            return JournalOpening.manifestSequence(environment.root());
        } catch (IOException e) {
            return NOT_READABLE;
        }
    }
}
