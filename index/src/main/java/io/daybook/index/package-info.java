/**
 * Finds entries: (ledger, generation, entry) to the location of the record in the journal's segments; and keeps the state of
 * the ledgers, the live bytes of the segments and the checkpoint that all of it stands for. Derived data: all of it can be
 * rebuilt from the segments.
 *
 * <pre>
 * flush ──► IndexBatch ──► BucketCodec ──► BatchLog ──► RocksHandle.write     one writer lock, one RocksDB batch
 *           (a fragment a touched bucket)  (bytes)          │
 * read  ──► RocksLocationIndex.find ──► RowCache ──► RocksHandle.get          every native call inside a hold
 *                                       └► BucketCodec.find │
 * housekeeping ──► rewriteHotRows, clearDropped ────────────┘                 a few rows a step, under the writer lock
 * </pre>
 *
 * <ul>
 *   <li>A row holds 256 entries as packed fragments, one a flush, appended by RocksDB's merge operator without reading. The
 *       newest fragment wins; a truncation is a fragment too, and a range deletion for the rows above.
 *   <li>Rows with many fragments, and rows that became complete, are rewritten as one fragment by
 *       {@link io.daybook.index.RocksLocationIndex#rewriteHotRows}.
 *   <li>A location is a hint that the record must confirm. "Not there" is an answer only when every byte that was read is
 *       sound: damage and failure are an {@link io.daybook.index.IndexException}.
 *   <li>The package starts no threads (RocksDB has its own). Reads come from any thread, writes from one at a time. Records and
 *       exceptions are immutable, and so <b>thread-safe</b>, as static methods are.
 * </ul>
 *
 * <p>Entry types: {@link io.daybook.index.LocationIndex}, the interface, of which tests have a twin in memory, and
 * {@link io.daybook.index.RocksLocationIndex#open}. Only {@code RocksHandle} sees RocksDB. The package knows nothing of
 * segments' files, and nobody outside of the engine uses it.
 */
package io.daybook.index;
