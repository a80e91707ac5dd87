package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.DirectoryLockedException;
import io.daybook.engine.DiskFullException;
import io.daybook.engine.EngineBusyException;
import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.EngineReadOnlyException;
import io.daybook.engine.LedgerFencedException;
import io.daybook.engine.NoSuchEntryException;
import io.daybook.engine.NoSuchLedgerException;
import io.daybook.engine.NotAStoreException;
import io.daybook.engine.UnsupportedFormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Each exception of the engine has its exit code. */
class FailuresTest {

    @Test
    void somethingWrongWasFound() {
        assertThat(Failures.exitCode(new NoSuchLedgerException(1))).isEqualTo(1);
        assertThat(Failures.exitCode(new NoSuchEntryException(1, 2))).isEqualTo(1);
        assertThat(Failures.exitCode(new CorruptEntryException("x"))).isEqualTo(1);
        assertThat(Failures.exitCode(new CorruptStoreException("x"))).isEqualTo(1);
    }

    @Test
    void misuse() {
        assertThat(Failures.exitCode(new DirectoryLockedException("x", OptionalLong.of(7), null)))
                .isEqualTo(2);
        assertThat(Failures.exitCode(new NotAStoreException("x"))).isEqualTo(2);
        assertThat(Failures.exitCode(new UnsupportedFormatException("x"))).isEqualTo(2);
        assertThat(Failures.exitCode(new LedgerFencedException(1))).isEqualTo(2);
        assertThat(Failures.exitCode(new EngineReadOnlyException("x"))).isEqualTo(2);
        assertThat(Failures.exitCode(new IllegalArgumentException("x"))).isEqualTo(2);
        assertThat(Failures.exitCode(new EngineFailedException("x", new AccessDeniedException("/x"))))
                .isEqualTo(2);
    }

    @Test
    void inputOutputAndEngine() {
        assertThat(Failures.exitCode(new DiskFullException("x"))).isEqualTo(3);
        assertThat(Failures.exitCode(new EngineBusyException("x"))).isEqualTo(3);
        assertThat(Failures.exitCode(new EngineClosedException("x"))).isEqualTo(3);
        assertThat(Failures.exitCode(new EngineFailedException("x", new IOException("y"))))
                .isEqualTo(3);
        assertThat(Failures.exitCode(new IllegalStateException("x"))).isEqualTo(3);
    }

    @Test
    void oneLineWithTheFirstCauseAndThePid() {
        assertThat(Failures.describe(
                        new EngineFailedException("appends stopped", new IOException("Input/output\nerror"))))
                .isEqualTo("appends stopped: Input/output; error");
        assertThat(Failures.describe(new DirectoryLockedException("in use", OptionalLong.of(4711), null)))
                .contains("4711");
        assertThat(Failures.describe(new NullPointerException())).isEqualTo("NullPointerException");
    }

    @Test
    void thePlaceIsNamedOnceAndNoClassIs() {
        AccessDeniedException denied = new AccessDeniedException("/data/STORE");
        assertThat(Failures.describe(new NotAStoreException("/data cannot be opened as a store: " + denied, denied)))
                .isEqualTo("/data cannot be opened as a store: /data/STORE: permission denied");
        IOException missing = new IOException("Input/output error");
        assertThat(Failures.describe(new EngineFailedException("read failed: " + missing, missing)))
                .isEqualTo("read failed: Input/output error");
    }

    @Test
    void aStackTraceOnlyWithDebug() {
        RuntimeException failure = new CompletionException(new NoSuchLedgerException(5));
        assertThat(report(failure, false)).isEqualTo("daybook: ledger 5 does not exist\n");
        assertThat(report(failure, true)).contains("daybook: ledger 5 does not exist\n", "\tat ");
    }

    private static String report(Throwable failure, boolean debug) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertThat(Failures.report(failure, new PrintStream(err, true), debug)).isEqualTo(1);
        return err.toString();
    }
}
