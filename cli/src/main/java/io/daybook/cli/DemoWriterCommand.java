package io.daybook.cli;

import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.prometheus.client.CollectorRegistry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The child of the demo: appends to many ledgers in turn, as fast as it can, and says what is durable until somebody kills it.
 */
@Command(name = "demo-writer", hidden = true, description = "Started by demo.")
final class DemoWriterCommand extends StoreCommand {
    private static final long REPORT_MILLIS = 20;

    @Mixin
    private DemoOptions options;

    @Option(names = "--seed", required = true)
    private long seed;

    @Option(names = "--seconds-max", required = true, converter = Converters.Seconds.class)
    private long secondsMax;

    @Override
    public Integer call() {
        options.check();
        CollectorRegistry metrics = new CollectorRegistry();
        try (LedgerEngine engine = open(config().metricsRegistry(metrics).build())) {
            DemoLoad load = new DemoLoad(engine, options.ledgers(), options.inFlight());
            Thread reporter = new Thread(() -> report(load, metrics), "daybook-report");
            reporter.setDaemon(true);
            reporter.start();
            append(load);
            load.end();
            reporter.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitCode.GOOD;
    }

    private void append(DemoLoad load) {
        DemoContent content = new DemoContent(seed, options.entryBytes());
        ByteBuf buffer = Unpooled.wrappedBuffer(content.bytes());
        // Nobody killed this process for a long time: the parent must be gone.
        long deadline = System.nanoTime() + secondsMax * 1_000_000_000L;
        for (long entry = 0; !load.ended() && !session().stop().requested() && System.nanoTime() < deadline; entry++) {
            for (int ledger = 0; ledger < options.ledgers() && !load.ended(); ledger++) {
                content.fill(ledger, entry);
                load.append(ledger, entry, buffer);
            }
        }
        load.await();
    }

    private void report(DemoLoad load, CollectorRegistry metrics) {
        try {
            boolean last = false;
            while (!last) {
                last = load.ended();
                session().out().line(load.acks(SyncCount.read(metrics)).line());
                session().out().flush();
                Thread.sleep(REPORT_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // The parent is gone, so nobody wants more entries.
            load.end();
        }
    }
}
