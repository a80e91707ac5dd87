/**
 * Compares stores: cells of appends, reads and opening, each measured for every store by JVMs of its own that take turns.
 *
 * <pre>
 * Comparison ──► Plan: cells, stores, forks            one JVM a run:
 *     │  └─────► ChildJvm ─────────────────────────►   CellRun ──► AppendMeasurement, RateMeasurement, ReadMeasurement,
 *     │             RESULT line of JSON ◄─────────────    │         OpenMeasurement, Filling
 *     └──► results.json, jmh.json, report                 └──► AppendSink, EntryReader
 * </pre>
 *
 * <p>What runs in a child knows of no store but by {@link io.daybook.benchmarks.Sinks}, and takes no class of Daybook's engine
 * along: peers have a class path of their own.
 */
package io.daybook.benchmarks.compare;
