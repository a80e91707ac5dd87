/**
 * Benchmarks of Daybook and of the device under it, measured by one load generator in one run.
 *
 * <pre>
 * Producer ──► AppendSink ──► RawSink       framed bytes into a group buffer, one thread: write, force
 *  (window)                ├► DaybookSink   LedgerEngine.append with a callback
 *     ▲                    └► SinkProvider  peers, in a module of their own
 *     │                             │
 *     └──────── Completion ─────────┘
 * </pre>
 *
 * <p>Five ways in: {@link io.daybook.benchmarks.Main} without arguments (the quick set with a table of ratios), Main with
 * {@code hold} (what a hold of the lease costs), Main with {@code compare} ({@link io.daybook.benchmarks.compare}: beside peers,
 * with a report), JMH itself (Main with any other arguments), and {@link io.daybook.benchmarks.CompareRaw}, which alternates child
 * JVMs of two sinks and gives the ratio of their medians. Latency is that of a closed loop, but for the rates of
 * {@code compare}: with a window of W, an append that waits for room begins when it gets in.
 *
 * <p>Files live in a {@link io.daybook.benchmarks.Workspace} under {@code -Ddaybook.bench.dir}, {@code java.io.tmpdir} or,
 * where that is memory, the working directory; they are deleted at the end, also after Ctrl-C.
 */
package io.daybook.benchmarks;
