/**
 * The journal: every durable fact of a store is a record in it, written once, in groups, and read from where it lies.
 *
 * <pre>
 * callers ──► Intake (LSN, place) ──► Ticket (copy + CRC32C) ──► Frame
 *                                                                  │ gathered
 *                                      Committer: header, write, sync, durable position
 *                                                                  │ in order
 *                                      Completions ──► FrameSink (apply, tell)
 * SegmentLifecycle: prepares the next segment, seals full ones     SegmentCatalog: the manifest, which segments there are
 * JournalOpening: recovery (torn tail or damage), replay           TailCache: newest frames, read without a copy
 * ContentsWriter: what a segment's records say, gathered           ContentsReader: the same in place of its frames, for a replay
 * </pre>
 *
 * <p>Starts no threads: {@link io.daybook.journal.Journal#commitOnce}, {@link io.daybook.journal.Journal#completeOnce} and
 * {@link io.daybook.journal.Journal#housekeepOnce} are called by its owner's. Knows neither RocksDB nor metrics. The file
 * formats stand in {@code docs/format.md}; constants of each are in one class ({@code SegmentFormat}, {@code FrameFormat},
 * {@code RecordFormat}, {@code Manifest}, {@code SegmentFooter}, {@code SegmentContents}). Records, enums, exceptions and classes
 * of constants and static methods are <b>thread-safe</b>.
 *
 * <p>Group commit with a position that many wait for is an idea of many logs; the watermark in each frame, which tells a torn
 * tail from damage, follows what TigerBeetle and LevelDB's log taught about recovery.
 */
package io.daybook.journal;
