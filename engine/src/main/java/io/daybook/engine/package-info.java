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
 * <p>Only this package is API; the packages below it are its parts and may change at any time. Threads: the caller's, and five
 * daemons an engine: commit, completion, flush, housekeeping, stats. Records, enums and exceptions are immutable, and so
 * <b>thread-safe</b>, here and in the packages below; what a type with state allows is said by it.
 */
package io.daybook.engine;
