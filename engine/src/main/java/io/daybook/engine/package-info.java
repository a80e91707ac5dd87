/**
 * The public API: {@link io.daybook.engine.LedgerEngine}, opened from an {@link io.daybook.engine.EngineConfig}.
 *
 * <pre>
 * append ─► append.AppendPath ─► journal ─► append.Commits ─► ledger.RecordApplier ─► read.Tail
 * read   ─► read.ReadPath ─► read.View (tails, then index) ─► journal memory, else segment file
 *           flush.IndexFlusher: tails ─► location index        flush.Recovery: journal ─► index at open
 *           lifecycle: directories, state, threads, shutdown   EngineAssembly: puts the parts together
 * </pre>
 *
 * <p>Only this package is API; the packages below it are its parts and may change at any time. Threads: the caller's, and four
 * daemons an engine: commit, completion, flush, housekeeping.
 */
package io.daybook.engine;
