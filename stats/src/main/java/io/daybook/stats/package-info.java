/**
 * The metrics of an engine, as Prometheus collectors that live exactly as long as a {@link io.daybook.lease.Lease}.
 *
 * <pre>
 * append, commit, read, flush threads ──► EngineMetrics ──► children (adders, buckets)
 * stats thread ──► NativeSampler.sampleOnce() ──► last values        │
 * scrape thread ──► registry ──► family (one a metric name) ──► child of each engine ──► hold ──► supplier
 * </pre>
 *
 * <p>The bug that started this project was a metrics thread inside a database that was being closed. Here an engine's
 * {@link io.daybook.stats.EngineMetrics} is registered on a lease and leaves the registry as an ending of it, and each
 * sample that asks live state takes a hold on the lease: refused, it shows the last value or nothing. A sample never
 * throws, never waits, and native properties are not read by the scrape at all but at most once a second by
 * {@link io.daybook.stats.NativeSampler}.
 *
 * <p>simpleclient refuses a second collector of a name, and its {@code labels(...)} children outlive their owner. So all
 * engines of a registry share one family a metric name: the first engine registers it, the last one to leave takes it
 * away, and each engine's own values stand under the label {@code engine} only as long as the engine is open.
 *
 * <p>Threads: this package starts none. {@code EngineMetrics} and {@code NativeSampler} are safe for use by many threads.
 * The engine uses those two; everything else is package-private.
 */
package io.daybook.stats;
