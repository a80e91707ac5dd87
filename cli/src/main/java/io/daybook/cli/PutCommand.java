package io.daybook.cli;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Stdin into a ledger. */
@Command(
        name = "put",
        sortOptions = false,
        description = {
            "Append stdin to a ledger.",
            "",
            "Goes on behind the last entry, and makes store and ledger where they are missing. Each line is an entry, its terminator included, so that cat gives back the same bytes. Empty input makes the"
                    + " ledger and appends nothing. Everything is durable when put ends with exit code 0. Where it ends early"
                    + " (an error, a signal, kill -9), the ledger holds a prefix of the input: nothing follows a line that was"
                    + " refused."
        })
final class PutCommand extends LedgerCommand {
    private static final long CHUNK_BYTES = 64 << 10;

    /** A stalled disk is for the user to judge, who has Ctrl-C. */
    private static final Duration APPEND_WAIT_MAX = Duration.ofMinutes(10);

    /** How stdin is cut. */
    enum Format {
        /** An entry a line. */
        LINES,
        /** Entries of one size. */
        RAW;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--ack",
            description = "Print how many entries of this input are durable, a line each time the number has grown.")
    private boolean ack;

    @Option(
            names = "--format",
            paramLabel = "lines|raw",
            defaultValue = "lines",
            description = "lines: an entry a line; raw: entries of --entry-bytes each, the last one may be shorter.")
    private Format format;

    @Option(
            names = "--entry-bytes",
            paramLabel = "SIZE",
            converter = Converters.Size.class,
            description = "Size of an entry with --format raw, 64KiB unless given.")
    private Long entryBytes;

    @Option(
            names = "--entry-bytes-max",
            paramLabel = "SIZE",
            converter = Converters.Size.class,
            description = "Longest entry, up to 15MiB; 8MiB unless given, and at most a quarter of a segment.")
    private Long entryBytesMax;

    @Option(
            names = "--segment-bytes",
            paramLabel = "SIZE",
            converter = Converters.Size.class,
            description = "Size of a journal segment, 64KiB to 16GiB; 256MiB unless given.")
    private Long segmentBytes;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = Converters.Size.class,
            description = "Memory of the engine, from 16MiB; 256MiB unless given.")
    private Long memoryBudget;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        EngineConfig config = settings();
        EntrySplitter.Rule rule = rule(config);
        requireWritable();
        PutSink sink = put(config, rule);
        if (json()) {
            session().out().line(summary(sink).toString());
        }
        return ExitCode.GOOD;
    }

    private PutSink put(EngineConfig config, EntrySplitter.Rule rule) {
        LedgerEngine engine = open(config);
        PutSink sink = new PutSink(engine, ledgerId());
        // The reporter outlives the engine: closing completes what is in flight, and the final count tells of it.
        PutReporter reporter = new PutReporter(session(), sink, ack, json()).start();
        try (reporter) {
            try (engine;
                    Intake intake = new Intake(session().in())) {
                session().stop().onRequest(intake::stop);
                append(
                        intake.start(),
                        new EntrySplitter(rule, config.entryBytesMax(), sink),
                        sink,
                        config.entryBytesMax());
                if (sink.entries() == 0 && !intake.stopped() && !engine.exists(ledgerId())) {
                    engine.putMetadata(ledgerId(), Unpooled.EMPTY_BUFFER).join();
                }
            }
        }
        return sink;
    }

    private void append(Intake intake, EntrySplitter splitter, PutSink sink, int limit) {
        try {
            for (Intake.Block block = intake.take(); block != null; block = intake.take()) {
                splitter.block(block.bytes, block.buffer, block.length);
                intake.giveBack(block);
            }
            // What follows the last line end is an entry only if the input ended there by itself.
            if (!intake.stopped()) {
                splitter.finish();
            }
            settle(sink);
        } catch (EntrySplitter.TooLongException e) {
            settle(sink);
            throw CommandException.misuse("line " + (sink.entries() + 1) + " is longer than the limit of " + limit
                    + " bytes (--entry-bytes-max); the " + sink.entries()
                    + " lines before it are stored, nothing after");
        } catch (PutSink.StoppedException e) {
            throw failure(sink);
        } catch (IOException e) {
            settle(sink);
            throw CommandException.io("cannot read stdin: " + e.getMessage(), e);
        }
    }

    private static void settle(PutSink sink) {
        sink.await();
        if (sink.failure() != null) {
            throw failure(sink);
        }
    }

    private static RuntimeException failure(PutSink sink) {
        Throwable failure = sink.failure();
        if (failure instanceof RuntimeException unchecked) {
            return unchecked;
        }
        return CommandException.io(Failures.describe(failure), failure);
    }

    private EngineConfig settings() {
        EngineConfig.Builder config = config().appendWaitMax(APPEND_WAIT_MAX);
        if (segmentBytes != null) {
            config.segmentBytes(segmentBytes);
        }
        if (memoryBudget != null) {
            config.memoryBudget(memoryBudget);
        }
        long entryLimit = entryBytesMax != null ? entryBytesMax : defaultEntryLimit();
        config.entryBytesMax((int) Math.min(entryLimit, Integer.MAX_VALUE));
        if (memoryBudget != null) {
            // Half of the memory is the most that may be in flight; a small memory is no reason to ask for another
            // option.
            config.inFlightBytesMax(Math.max(8192, Math.min(32L << 20, memoryBudget / 2)));
        }
        return config.build();
    }

    private long defaultEntryLimit() {
        long limit = 8L << 20;
        if (segmentBytes != null) {
            limit = Math.max(1, Math.min(limit, segmentBytes / 4));
        }
        if (memoryBudget != null) {
            limit = Math.max(1, Math.min(limit, memoryBudget / 4));
        }
        return limit;
    }

    private EntrySplitter.Rule rule(EngineConfig config) {
        if (format == Format.LINES) {
            if (entryBytes != null) {
                throw new CommandLine.ParameterException(spec.commandLine(), "--entry-bytes needs --format raw");
            }
            return EntrySplitter.lines();
        }
        long bytes = entryBytes != null ? entryBytes : Math.min(CHUNK_BYTES, config.entryBytesMax());
        if (bytes > config.entryBytesMax()) {
            throw CommandException.misuse(
                    "--entry-bytes is " + bytes + ", but an entry has at most " + config.entryBytesMax() + " bytes");
        }
        return EntrySplitter.chunks((int) bytes);
    }

    private Json summary(PutSink sink) {
        return new Json()
                .put("ledger", ledgerId())
                .put("first", sink.firstId())
                .put("entries", sink.durable())
                .put("bytes", sink.bytes());
    }
}
