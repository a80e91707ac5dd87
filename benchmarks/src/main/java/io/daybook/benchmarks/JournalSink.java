package io.daybook.benchmarks;

import io.daybook.journal.Frame;
import io.daybook.journal.FrameSink;
import io.daybook.journal.Journal;
import io.daybook.journal.JournalClock;
import io.daybook.journal.JournalListener;
import io.daybook.journal.JournalOpening;
import io.daybook.journal.JournalOptions;
import io.daybook.journal.RecordFormat;
import io.daybook.journal.RecordType;
import io.daybook.journal.Ticket;
import io.daybook.journal.Waiting;
import io.daybook.journal.Wakeup;
import io.daybook.storage.NioStorage;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Daybook's journal alone: frames, checksums and group commit, without ledgers, index and reads. */
final class JournalSink implements AppendSink {
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** As an engine with default settings derives them. */
    private static final JournalOptions OPTIONS = new JournalOptions(
            false,
            256L << 20,
            4 << 20,
            9 << 20,
            32L << 20,
            64L << 20,
            0,
            64L << 20,
            SECOND_NANOS,
            SECOND_NANOS,
            64L << 20);

    private final Journal journal;
    private final ThreadLocal<Ticket> tickets = ThreadLocal.withInitial(Ticket::new);
    private final List<Thread> threads = new ArrayList<>();
    private final List<Wakeup> wakeups = new ArrayList<>();
    private volatile boolean stopping;

    private JournalSink(Journal journal, Wakeup commit, Wakeup complete, Wakeup housekeep) {
        this.journal = journal;
        start("journal-commit", commit, journal::commitOnce);
        start("journal-completion", complete, journal::completeOnce);
        start("journal-housekeeping", housekeep, journal::housekeepOnce);
    }

    static JournalSink open(Path directory) throws IOException {
        NioStorage root = NioStorage.at(directory, true);
        SecureRandom random = new SecureRandom();
        Wakeup commit = new Wakeup();
        Wakeup complete = new Wakeup();
        Wakeup housekeep = new Wakeup();
        Journal journal = JournalOpening.create(
                        root, root.directory("journal", true), JournalOpening.newStoreId(random), random)
                .start(
                        OPTIONS,
                        new Completer(),
                        JournalListener.NONE,
                        JournalClock.SYSTEM,
                        new Journal.Wakeups(commit, complete, housekeep));
        return new JournalSink(journal, commit, complete, housekeep);
    }

    private void start(String name, Wakeup wakeup, Callable<Boolean> step) {
        Thread thread = new Thread(() -> work(wakeup, step), name);
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
        wakeups.add(wakeup);
    }

    private void work(Wakeup wakeup, Callable<Boolean> step) {
        try {
            while (!stopping) {
                if (!step.call() && !stopping) {
                    wakeup.sleep(SECOND_NANOS / 10);
                }
            }
        } catch (Exception e) {
            journal.fail(e);
        }
    }

    @Override
    public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
        Ticket ticket = tickets.get();
        int length = entry.readableBytes();
        journal.lock();
        try {
            Journal.Room room;
            while ((room = journal.reserve(ticket, RecordFormat.bytes(length), 1, false)) != Journal.Room.GRANTED) {
                if (room != Journal.Room.BUSY && room != Journal.Room.NO_SEGMENT) {
                    throw new IllegalStateException("journal is " + room, journal.failure());
                }
                journal.awaitRoom(Waiting.BLOCKING, SECOND_NANOS);
            }
            journal.slot(ticket, 0, null, null, completion);
        } finally {
            journal.unlock();
        }
        ticket.fill(RecordType.ENTRY, ledgerId, entryId, entry, length, false);
        ticket.done();
    }

    @Override
    public long entriesHeld(int ledgers) {
        return -1;
    }

    @Override
    public void close() throws IOException {
        if (stopping) {
            return;
        }
        while (journal.failure() == null && !journal.isDrained()) {
            Threads.sleep(Duration.ofMillis(1));
        }
        stopping = true;
        wakeups.forEach(Wakeup::signal);
        threads.forEach(Threads::join);
        journal.close();
        journal.closeReaders();
    }

    /** Tells the callers; there is nothing to apply. */
    private static final class Completer implements FrameSink {
        @Override
        public void committed(Frame frame) {
            complete(frame, null);
        }

        @Override
        public void failed(Frame frame, Throwable cause) {
            complete(frame, cause);
        }

        @Override
        public void advanced(long durableLsn) {
            // Nobody waits for positions.
        }

        private static void complete(Frame frame, Throwable failure) {
            int records = frame.records();
            for (int i = 0; i < records; i++) {
                // A record of the journal's own, as a seal, has nobody to tell.
                if (frame.context(i) instanceof Completion completion) {
                    completion.completed(failure);
                }
            }
        }
    }
}
