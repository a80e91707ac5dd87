package io.daybook.engine.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.LedgerException;
import io.daybook.engine.ledger.Ledgers;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.journal.Frame;
import io.daybook.journal.FrameSink;
import io.daybook.journal.Journal;
import io.daybook.journal.JournalListener;
import io.daybook.journal.JournalOpening;
import io.daybook.journal.JournalOptions;
import io.daybook.journal.RecordType;
import io.daybook.stats.AppendWait;
import io.daybook.storage.SimStorage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of room that was granted when memory is short: its frame goes on, whoever else is in it is told, close ends. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AppendPathTest {
    private final ByteBuf entry = Unpooled.wrappedBuffer(new byte[100]);
    private final EngineState state = new EngineState("test");
    private boolean memoryIsShort;
    private int handles;
    private final Ledgers ledgers = new Ledgers(() -> {
        if (memoryIsShort) {
            throw new OutOfMemoryError("test");
        }
        return ++handles;
    });
    private final List<RecordType> committed = new ArrayList<>();
    private Journal journal;
    private AppendPath appends;

    @BeforeEach
    void open() throws IOException {
        SimStorage disk = SimStorage.create(1);
        SecureRandom random = new SecureRandom();
        journal = JournalOpening.create(
                        disk, disk.directory("journal", true), JournalOpening.newStoreId(random), random)
                .start(
                        new JournalOptions(
                                false, 1 << 20, 64 << 10, 64 << 10, 1 << 20, 1 << 20, 0, 1 << 20, 1_000_000_000, 0, 0),
                        new Sink(),
                        JournalListener.NONE,
                        System::nanoTime,
                        new Journal.Wakeups());
        appends = new AppendPath(
                journal,
                ledgers,
                state,
                (condition, nanos) -> housekeep(),
                privileged -> false,
                1_000_000_000,
                new AppendPath.Listener() {
                    @Override
                    public void waited(AppendWait cause, long nanos) {}

                    @Override
                    public void refused(LedgerException refusal) {}
                });
    }

    /** Tells those who wait. */
    private final class Sink implements FrameSink {
        private final Frame.Cursor cursor = new Frame.Cursor();

        @Override
        public void committed(Frame frame) {
            frame.rewind(cursor);
            while (cursor.next()) {
                committed.add(cursor.type());
                tell(frame, null);
            }
        }

        @Override
        public void failed(Frame frame, Throwable cause) {
            state.fail(cause);
            frame.rewind(cursor);
            while (cursor.next()) {
                tell(frame, state.failed());
            }
        }

        private void tell(Frame frame, Throwable failure) {
            Object listener = frame.takeListener(cursor.index());
            if (listener != null) {
                ((AppendCallback) listener)
                        .appended(cursor.ledgerId(), cursor.entryId(), failure, frame.context(cursor.index()));
            }
        }

        @Override
        public void advanced(long durableLsn) {}
    }

    private void housekeep() {
        try {
            journal.housekeepOnce();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void work() {
        while (journal.commitOnce() | journal.completeOnce()) {
            // All of it.
        }
    }

    private void close() throws IOException {
        journal.close();
        journal.closeReaders();
    }

    @Test
    void anAppendThatFindsNoMemoryForItsLedgerHoldsUpNobody() throws IOException {
        CompletableFuture<Void> before = appends.append(1, 0, entry, false);
        memoryIsShort = true;
        assertThatThrownBy(() -> appends.append(2, 0, entry, false)).isInstanceOf(OutOfMemoryError.class);
        assertThatThrownBy(() -> appends.append(2, entry)).isInstanceOf(OutOfMemoryError.class);
        CompletableFuture<Void> behind = appends.append(1, 1, entry, false);
        work();
        assertThat(before).isCompleted();
        assertThat(behind).isCompleted();
        memoryIsShort = false;
        CompletableFuture<Void> again = appends.append(2, 0, entry, false);
        work();
        assertThat(again).isCompleted();
        assertThat(committed)
                .containsExactly(
                        RecordType.ENTRY, RecordType.VOID, RecordType.VOID, RecordType.ENTRY, RecordType.ENTRY);
        close();
    }

    @Test
    void aBatchOfEntriesThatFindsNoMemoryHoldsUpNobody() throws IOException {
        CompletableFuture<Void> before = appends.append(1, 0, entry, false);
        memoryIsShort = true;
        // More than a frame had room for what travels with them.
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            changes.add(new Change(RecordType.ENTRY, i < 50 ? 1 : 2, 1 + i, new byte[10]));
        }
        assertThatThrownBy(() -> appends.changes(changes)).isInstanceOf(OutOfMemoryError.class);
        CompletableFuture<Void> behind = appends.append(1, 200, entry, false);
        work();
        assertThat(before).isCompleted();
        assertThat(behind).isCompleted();
        assertThat(journal.failure()).isNull();
        assertThat(ledgers.accepted(2)).isNull();
        close();
    }

    /** The deletion was accepted, and would have decided what comes behind; then there was no memory for the rest of the batch. */
    @Test
    void aBatchThatDecidedSomethingAndFindsNoMemoryFailsTheJournal() throws IOException {
        CompletableFuture<Void> before = appends.append(1, 0, entry, false);
        work();
        CompletableFuture<Void> beside = appends.append(1, 1, entry, false);
        memoryIsShort = true;
        List<Change> changes = List.of(
                new Change(RecordType.DELETE, 1, 0, new byte[0]), new Change(RecordType.ENTRY, 1, 0, new byte[10]));
        assertThatThrownBy(() -> appends.changes(changes)).isInstanceOf(OutOfMemoryError.class);
        memoryIsShort = false;
        assertThat(journal.failure()).isInstanceOf(OutOfMemoryError.class);
        CompletableFuture<Void> behind = appends.append(1, 0, entry, false);
        work();
        assertThat(before).isCompleted();
        assertThat(beside).isCompletedExceptionally();
        assertThatThrownBy(behind::join).cause().isInstanceOf(EngineFailedException.class);
        close();
        assertThat(committed).containsExactly(RecordType.ENTRY);
    }

    /** As above, when its bytes are copied. */
    @Test
    void aFenceThatCannotBeCopiedFailsTheJournal() throws IOException {
        CompletableFuture<Void> before = appends.append(1, 0, entry, false);
        Change fence = new Change(RecordType.FENCE, 1, 0, new byte[0]);
        int[] taken = {0};
        List<Change> changes = new AbstractList<>() {
            @Override
            public Change get(int index) {
                // For its size, its kind, when it is checked, when it is accepted, and then.
                if (++taken[0] == 5) {
                    throw new OutOfMemoryError("test");
                }
                return fence;
            }

            @Override
            public int size() {
                return 1;
            }
        };
        appends.append(1, 1, entry, false);
        assertThatThrownBy(() -> appends.changes(changes)).isInstanceOf(OutOfMemoryError.class);
        assertThat(journal.failure()).isInstanceOf(OutOfMemoryError.class);
        work();
        assertThat(before).isCompletedExceptionally();
        close();
        assertThat(committed).isEmpty();
    }
}
