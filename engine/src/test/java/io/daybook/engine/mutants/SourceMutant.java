package io.daybook.engine.mutants;

import io.daybook.engine.mutants.MutatedSource.Edit;
import java.util.ArrayList;
import java.util.List;

/**
 * The classic mistakes, each as a change of a main class: a hole that is closed, opened again.
 * {@code docs/mutants.md} says for each rule which of them reopens it.
 */
enum SourceMutant {
    // ---- Commit
    ACKNOWLEDGED_WITHOUT_SYNC(
            model(), edit("journal.Committer", "if (!options.deferred() || syncDue()) {", "if (syncDue()) {")),
    SYNC_TRIED_AGAIN(
            model(),
            edit(
                    "journal.Committer",
                    "file.sync(false);",
                    "try { file.sync(false); } catch (IOException e) { file.sync(false); }")),
    FAILED_SYNC_IGNORED(
            model(),
            edit("journal.Committer", "file.sync(false);", "try { file.sync(false); } catch (IOException e) { }")),
    ACKNOWLEDGED_AFTER_FAILURE_ELSEWHERE(
            test("journal.JournalTest#afterAFailureElsewhereNothingIsAcknowledgedAndTheOrderIsKept"),
            edit("journal.Committer", "if (failure != null) { //", "if (failure == null && failure != null) { //")),
    NEXT_SEGMENT_BEFORE_SYNC_OF_LAST(
            test("journal.JournalTest#aFullSegmentIsSyncedBeforeTheNextGetsItsFirstFrameAlsoWithinOneGroup"),
            edit("journal.Committer", "proves by being there that this one is whole. sync();", "")),
    WATERMARK_COVERS_ITS_OWN_FRAME(
            model(), edit("journal.Committer", "frame.firstLsn, durableLsn);", "frame.firstLsn, frame.firstLsn - 1);")),
    COVERED_BEFORE_WATERMARK_IS_DURABLE(
            test("journal.JournalTest#theWatermarkIsWhatWasDurableWhenTheFrameWasClosed"),
            edit("journal.Committer", "coveredLsn = watermark;", "coveredLsn = covered;")),
    FRAMES_SHARE_A_BLOCK(
            model(), edit("journal.FrameFormat", "return (bytes + blockBytes - 1) & -blockBytes;", "return bytes;")),
    SHORT_WRITE_TAKEN_FOR_WHOLE(
            model(),
            edit(
                    "storage.StorageFile",
                    "while (source.hasRemaining()) { int written",
                    "if (source.hasRemaining()) { int written")),
    SHORT_READ_TAKEN_FOR_END(
            model(),
            edit("storage.StorageFile", "total += read; } return total;", "total += read; break; } return total;")),
    // ---- Checksums
    CHECKSUM_WITHOUT_OFFSET(
            test("journal.RecordChecksumTest#isTheCrcOfTheBytesAsTheDocumentSays"),
            edit("journal.RecordChecksum", "LONGS.set(record, 8, offset);", "LONGS.set(record, 8, 0L);")),
    CHECKSUM_WITHOUT_NONCE(
            test("journal.RecordChecksumTest#isTheCrcOfTheBytesAsTheDocumentSays"),
            edit("journal.RecordChecksum", "LONGS.set(record, 0, nonce);", "LONGS.set(record, 0, 0L);")),
    TORN_RECORD_ACCEPTED(
            model(), edit("journal.FrameScan", "if (expected != computed) {", "if (expected == 0 && computed != 0) {")),
    FRAME_HEADER_NOT_CHECKED(
            test("journal.EveryFileDetectsBitFlipTest#anUncleanJournalLosesAtMostTheFrameThatNoWatermarkCovers"),
            edit("journal.FrameFormat", "if (expected != computed) {", "if (expected == 0 && computed != 0) {")),
    UNKNOWN_RECORD_SKIPPED(
            test("journal.JournalRecoveryTest#aRecordOfAnUnknownTypeIsRefusedAndNotSkipped"),
            edit(
                    "journal.FrameScan",
                    "if (type == null) {",
                    "if (type == null) { recordAt = payloadEnd; continue; } if (type == null) {")),
    READ_WITHOUT_CHECKSUM(
            test("journal.JournalTest#aReadFindsExactlyTheRecordThatWasAskedFor"),
            edit(
                    "journal.Journal",
                    "if (RecordFormat.payloadBytes(word) != payloadBytes || expected != computed) {",
                    "if (RecordFormat.payloadBytes(word) != payloadBytes) {")),
    READ_OF_ANOTHER_ENTRY(
            test("journal.JournalTest#aReadFindsExactlyTheRecordThatWasAskedFor"),
            edit("journal.Journal", "|| record.getLong(RecordFormat.LEDGER_OFFSET) != ledgerId", ""),
            edit("journal.Journal", "|| record.getLong(RecordFormat.ENTRY_OFFSET) != entryId) {", ") {")),
    MANIFEST_RECORD_WITHOUT_CHECKSUM(
            test("journal.EveryFileDetectsBitFlipTest#aCleanJournalIsTheSameOrRefused"),
            edit("journal.Manifest", "if (bytes.getInt(at) != Checksums.of(bytes, at + 4, end)) { return null; }", "")),
    // ---- Files and directories
    NEW_SEGMENT_WITHOUT_DIRECTORY_SYNC(
            model(), edit("journal.SegmentDirectory", "storage.syncDirectory(); return file;", "return file;")),
    NEW_SEGMENT_WITHOUT_SYNC(
            model(),
            edit(
                    "journal.SegmentDirectory",
                    "file.sync(true); storage.syncDirectory(); return file;",
                    "storage.syncDirectory(); return file;")),
    MANIFEST_RENAME_WITHOUT_DIRECTORY_SYNC(
            model(), edit("journal.SegmentCatalog", "ends[i] = end; root.syncDirectory();", "ends[i] = end;")),
    MANIFEST_BELIEVED_BEFORE_IT_IS_DURABLE(
            test("journal.JournalRecoveryTest#whatTheOpenBehindABrokenOneShowsIsOnTheDevice"),
            edit("journal.SegmentCatalog", "|| copy.sequence() != best.sequence();", ";")),
    SPOILED_MANIFEST_FOR_AN_UNREADABLE_ONE(
            test("journal.ManifestFailureTest#aCopyThatEndsEarlyIsNotBelievedWhileTheOtherCannotBeRead"),
            edit("journal.SegmentCatalog", "(best == null || !whole(best))", "(best == null || !complete(best))")),
    MANIFEST_RENAMED_BEFORE_SYNC(
            model(),
            edit(
                    "journal.SegmentCatalog",
                    "file.writeFully(content, 0); file.sync(true);",
                    "file.writeFully(content, 0);")),
    MANIFEST_APPEND_WITHOUT_SYNC(model(), edit("journal.SegmentCatalog", "files[i].sync(false);", "")),
    MANIFEST_IN_ONE_COPY(
            test("journal.JournalTest#aSegmentIsListedAndSyncedBeforeItsFirstFrame"),
            edit(
                    "journal.SegmentCatalog",
                    "for (int i = 0; i < files.length; i++) { files[i].writeFully",
                    "for (int i = 0; i < 1; i++) { files[i].writeFully")),
    MANIFEST_CHANGED_AFTER_FAILURE(
            test("journal.ManifestFailureTest#aChangeThatFailedIsTheLast"),
            edit(
                    "journal.SegmentCatalog",
                    "if (broken != null) {",
                    "if (broken != null && recordsSinceSnapshot < 0) {")),
    SEGMENT_NOT_LISTED_BEFORE_FIRST_FRAME(
            model(),
            edit("journal.SegmentLifecycle", "segment.allocate(); } catalog.put(entry); }", "segment.allocate(); } }")),
    // ---- Full disk
    NO_ROOM_FOR_A_SEGMENT_IS_FINAL(
            test("journal.JournalTest#noSpaceWhileASegmentIsPreparedIsNotFinal"),
            edit(
                    "journal.SegmentLifecycle",
                    "newSegment(entry); } catch (NoSpaceException e) { return false; }",
                    "newSegment(entry); } catch (NoSpaceException e) { throw e; }")),
    COPIES_LEFT_WHERE_THERE_IS_NO_ROOM(
            test("journal.FullDiskJournalTest#aRecoveryThatFindsNoRoomLeavesNothingBehind"),
            edit(
                    "journal.JournalRecovery",
                    "catch (NoSpaceException e) { deleteAfter(e, copies); throw e; }",
                    "catch (NoSpaceException e) { throw e; }")),
    COPIES_DELETED_THAT_ONE_MANIFEST_LISTS(
            test("journal.FullDiskJournalTest#whatARecoveryWroteAgainStaysWhereAManifestListsIt"),
            edit("journal.JournalRecovery", "if (!catalog.mayBeOnDisk(copies)) {", "if (!copies.isEmpty()) {")),
    BROKEN_INDEX_TAKEN_FOR_A_FULL_DISK(
            test("engine.WaitingIndexTest#whatIsBrokenIsNoFullDisk"),
            edit(
                    "engine.WaitingIndex",
                    "e instanceof NoSpaceException ? IndexException.Kind.NO_SPACE : IndexException.Kind.FAILED,",
                    "IndexException.Kind.NO_SPACE,")),
    NO_ROOM_FOR_A_FRAME_IS_IGNORED(
            test("journal.JournalTest#theFirstFailureOfAWriteOrSyncIsFinal"),
            edit("journal.Committer", "if (!space.spend()) { throw e; } ahead = 0;", "space.spend(); ahead = 0;"),
            edit(
                    "journal.Committer",
                    "view.position(first.chunkAt); segment.file.writeFully(view, first.offset);",
                    "view.position(first.chunkAt);")),
    WHAT_FOUND_NO_ROOM_TO_BE_LISTED_STAYS_UNLISTED(
            test("journal.FullDiskJournalTest#whatAnOpenFoundNoRoomToListItsCloseLists"),
            edit(
                    "journal.SegmentLifecycle",
                    "if (unsealed.isEmpty() && !catalog.isSnapshotDue()) {",
                    "if (unsealed.isEmpty()) {")),
    FULL_FOR_EVER(
            test("journal.JournalTest#aFullDiskRefusesAppendsUntilThereIsRoomAgain"),
            edit(
                    "journal.SegmentLifecycle",
                    "return diskFull(!kept || !space.hasRoom(wanted, promised()));",
                    "return (!kept || !space.hasRoom(wanted, promised())) && diskFull(true);")),
    // ---- Recovery
    TORN_TAIL_LEFT_OPEN(
            model(), edit("journal.JournalRecovery", "} else { changed.add(sealed(segment, kept)); }", "}")),
    /** In the model a flush waits for ever for a watermark that covers what was not written again. */
    TAIL_NOT_WRITTEN_AGAIN(
            test("journal.JournalRecoveryTest#framesWithoutWatermarkAreCopiedAndTheirOriginalsStayAsTheyAre"),
            edit(
                    "journal.JournalRecovery",
                    "List<FrameInfo> kept = keep(segment, watermark); List<FrameInfo> again",
                    "List<FrameInfo> kept = keep(segment, Long.MAX_VALUE); List<FrameInfo> again")),
    TAIL_WRITTEN_AGAIN_BUT_NOT_SYNCED(rare(), edit("journal.JournalRecovery", "target.sync(true);", "")),
    ORIGINAL_KEPT_BESIDE_THE_COPY(
            model(),
            edit(
                    "journal.JournalRecovery",
                    "changed.add(sealed(segment, kept));",
                    "changed.add(sealed(segment, segment.frames));")),
    COPY_NOT_LISTED(model(), edit("journal.JournalRecovery", "changed.addAll(copies);", "")),
    DAMAGE_CUT_AS_TORN(
            test("journal.EveryFileDetectsBitFlipTest#anUncleanJournalLosesAtMostTheFrameThatNoWatermarkCovers"),
            edit("journal.JournalRecovery", "if (proof >= 0) {", "if (proof >= Long.MAX_VALUE) {")),
    PROOF_WITHOUT_WATERMARK(
            model(), edit("journal.FrameScan", "&& buffer.getLong(i + FrameFormat.WATERMARK_OFFSET) >= lsn) {", ") {")),
    MISSING_SEGMENT_IGNORED(
            test("journal.JournalRecoveryTest#aListedSegmentThatIsMissingIsRefused"),
            edit(
                    "journal.JournalRecovery",
                    "StorageFile file = directory.open(entry); if (entry.state() != SegmentEntry.State.SEALED) {",
                    "if (!directory.storage().exists(SegmentFormat.name(entry.id()))) { continue; }"
                            + " StorageFile file = directory.open(entry);"
                            + " if (entry.state() != SegmentEntry.State.SEALED) {")),
    CUT_SEGMENT_IGNORED(
            test("journal.JournalRecoveryTest#aSealedSegmentThatIsCutIsRefused"),
            edit("journal.JournalRecovery", "if (file.size() < entry.validEnd()) {", "if (file.size() < 0) {")),
    UNLISTED_SEGMENT_USED(
            test("journal.JournalRecoveryTest#aManifestOlderThanTheSegmentsIsRefusedAndNothingIsDeleted"),
            edit(
                    "journal.JournalRecovery",
                    "catalog.segment(id.getAsLong()) == null) {",
                    "catalog.segment(id.getAsLong()) == null) {"
                            + " SegmentEntry entry = directory.probe(id.getAsLong());"
                            + " if (entry != null && entry.isJournal()) { catalog.put(entry); continue; }")),
    OLDER_MANIFEST_ACCEPTED(
            test("journal.JournalRecoveryTest#aManifestOlderThanTheSegmentsIsRefusedAndNothingIsDeleted"),
            edit("journal.JournalRecovery", "if (scan.lastLsn() > lastLsn) {", "if (scan.lastLsn() < 0) {")),
    LSN_GIVEN_AGAIN(
            test("journal.JournalTest#theFirstLsnIsAStepBehindTheRecoveredOne"),
            edit("journal.JournalOpening", "recovery.lastLsn() + LSN_STEP);", "recovery.lastLsn() + 1);")),
    READER_BESIDE_WRITER_SCANS_BEFORE_ITS_INDEX_IS_OPEN(
            test("engine.model.ReadOnlyBesideFlushTest#anIndexThatIsFlushedBeforeEachOperationOfTheOpenIsUsed"),
            edit(
                    "engine.EngineAssembly",
                    "Recovery.Usable usable = Recovery.find(environment.index());",
                    "readJournal(); Recovery.Usable usable = Recovery.find(environment.index());"),
            edit("engine.EngineAssembly", "readJournal(); usable = index == null", "usable = index == null")),
    READER_BESIDE_WRITER_LOOKS_ONCE(
            test("engine.model.ReadOnlyBesideFlushTest#anIndexOlderThanWhatIsGivenBackMeanwhileIsOpenedAgain"),
            edit(
                    "engine.EngineAssembly",
                    "if (usable.unusable() == null || usable.unusable().equals(before)) {",
                    "if (before == null) {")),
    READER_BESIDE_WRITER_SEES_THE_TAIL(
            test("journal.JournalTest#aReaderBesideTheWriterSeesWhatNoCrashTakesBack"),
            edit(
                    "journal.JournalRecovery",
                    "List<FrameInfo> kept = keep(segment, watermark); for (FrameInfo",
                    "List<FrameInfo> kept = keep(segment, Long.MAX_VALUE); for (FrameInfo")),
    // ---- Index
    CHECKPOINT_AHEAD_OF_LOCATIONS(
            model(),
            edit(
                    "engine.flush.IndexFlusher",
                    "incarnation, 0, tail.lastLsn()));",
                    "incarnation, 0, Math.max(tail.lastLsn(), view.active().lastLsn())));")),
    OLDER_PUT_OF_A_TAIL_SHOWN(
            model(), edit("engine.read.Tail", "if ((seen[i / Long.SIZE] & 1L << i) == 0) {", "if (seen != null) {")),
    TRUNCATION_OVERLOOKED_BY_A_CURSOR(
            model(),
            edit(
                    "engine.read.Tail",
                    "if (part.truncations != null || part.puts > Bucket.IDS / 4) {",
                    "if (part.puts > Bucket.IDS / 4) {")),
    WHO_READ_A_TAIL_THAT_IS_FILLED_ANEW_DOES_NOT_LOOK_AGAIN(
            test("engine.read.TailRecyclingTest#whoMeetsTheNextTailInTheArraysLooksAgain"),
            edit("engine.read.View", "publication.begin(); publication.end();", "")),
    TAIL_LEAVES_THE_VIEW_BEFORE_ITS_BATCH_IS_WRITTEN(
            model(),
            edit(
                    "engine.flush.IndexFlusher",
                    "long start = System.nanoTime(); LocationIndex index",
                    "long start = System.nanoTime(); if (retry == null) { applying.lock(); try {"
                            + " view.dropOldest(next.tail()); } finally { applying.unlock(); } } LocationIndex index"),
            edit(
                    "engine.flush.IndexFlusher",
                    "pending.removeFirst(); view.dropOldest(next.tail());",
                    "pending.removeFirst();")),
    FLUSH_LEAVES_OUT_WHAT_IS_BEING_TOLD(
            test("engine.lifecycle.FlushTest#whatWasJustAcknowledgedIsInTheIndex"),
            edit("engine.DaybookEngine", "return flusher.closedLsn();", "return journal.completedLsn();")),
    BATCH_APPLIED_IN_PARTS(
            test("engine.model.CommitInPartsTest#aBatchIsAppliedWhole"),
            edit("engine.append.Commits", "(cursor.index() < end || applier.inBatch())", "cursor.index() < end")),
    WAITERS_FORGOTTEN_WHEN_APPLYING_FAILS(
            test("engine.model.CommitInPartsTest#whatFailsLaterFailsNothingThatWasTold"),
            edit(
                    "engine.append.Commits",
                    "failure = applyPart(frame); //",
                    "failure = applyPart(frame); if (failure != null) { fired.clear(); } //")),
    APPLIED_LATE_WITHOUT_THE_OWNER(
            test("engine.lifecycle.StragglerTest#whatIsBehindACallbackThatHangsIsAppliedAfterTheEndOfTheLease"),
            edit("engine.append.Commits", "if (state.isOpen()) { return", "if (cursor != null) { return")),
    PARTS_CHANGED_WITHOUT_ANOTHER_LOOK(
            test("engine.lifecycle.CommitTurnsTest#whatComesWhilePartsAreChangedIsCommitted"),
            edit("engine.lifecycle.CommitTurns", "if (work.waits()) {", "if (work == null) {")),
    PART_TAKEN_BACK_WITHOUT_A_LOOK(
            test("engine.lifecycle.CommitTurnsTest#whatIsEnqueuedWhileTellingEndsIsTold"),
            edit("engine.lifecycle.CommitTurns", "if (work.isUntold()) {", "if (work == null) {")),
    TOLD_BY_WHO_COMMITS(
            test("engine.lifecycle.CommitTurnsTest#whatComesWhilePartsAreChangedIsCommitted"),
            edit(
                    "engine.lifecycle.CommitTurns",
                    "me | COMMITTING, 1 - me | TELLING)",
                    "me | COMMITTING, me | TELLING)")),
    INDEX_BEHIND_THE_TABLE_ACCEPTED(
            test("engine.ReclaimTest#anIndexFromBeforeDoesNotBringADeletedLedgerBack"),
            edit("engine.flush.Recovery", "if (at.lsn() < journal.ledgersAsOfLsn()) {", "if (at.lsn() < 0) {")),
    BOUNDARY_ROW_WITHOUT_TOMBSTONE(
            test("index.RocksLocationIndexTest#randomHistoriesAgreeWithAMap"),
            edit(
                    "index.RocksIndexBatch",
                    "if (lastEntryId >= 0 && lastSlot < BucketRow.SLOTS - 1) {",
                    "if (lastEntryId >= 0 && lastSlot < 0) {")),
    ROWS_ABOVE_A_TRUNCATION_KEPT(
            test("index.RocksLocationIndexTest#randomHistoriesAgreeWithAMap"),
            edit(
                    "index.RocksIndexBatch",
                    "log.deleteRange( Keys.bucket(ledgerId, generation, firstGone),"
                            + " Keys.successor(Keys.key(Keys.BUCKET, ledgerId, generation)));",
                    "")),
    OLDEST_FRAGMENT_WINS(
            test("index.BucketCodecTest#roundTripOfManyFragments"),
            edit(
                    "index.BucketCodec",
                    "} else if (fragment.index(slot) >= 0) {",
                    "} else if (newest == null && fragment.index(slot) >= 0) {")),
    GENERATION_NOT_IN_THE_KEY(
            test("index.RocksLocationIndexTest#randomHistoriesAgreeWithAMap"),
            edit(
                    "index.RocksLocationIndex",
                    "byte[] key = Keys.bucket(ledgerId, generation, bucket);"
                            + " byte[] row = bucketRow(ledgerId, generation, bucket, key, true);",
                    "byte[] key = Keys.bucket(ledgerId, 1, bucket);"
                            + " byte[] row = bucketRow(ledgerId, 1, bucket, key, true);")),
    IDS_NOT_CHECKED(
            test("engine.BadInputTest#badArgumentsAreRefusedAndChangeNothing"),
            edit("engine.Ids", "if (ledgerId < 0) {", "if (ledgerId < Long.MIN_VALUE + 1) {")),
    // ---- Ledgers
    COUNTED_AGAIN_WHEN_OVERWRITTEN(
            model(),
            edit(
                    "engine.ledger.RecordApplier",
                    "if (old == null) { ledger.added",
                    "if (old == null || length > 0) { ledger.added")),
    FENCE_CHECKED_BEFORE_THE_LOCK(
            test("engine.OrderingTest#noAppendCompletesNormallyAfterTheFence"),
            edit(
                    "engine.append.AppendPath",
                    "long deadline = 0; journal.lock(); try { while (true) { state.checkOpen(); Ledger ledger ="
                            + " ledgers.accepted(ledgerId); long id = entryId;",
                    "long deadline = 0; Ledger early = ledgers.accepted(ledgerId); boolean fencedEarly = early != null"
                            + " && early.intakeFenced(); journal.lock(); try { while (true) { state.checkOpen(); Ledger"
                            + " ledger = ledgers.accepted(ledgerId); long id = entryId;"),
            edit(
                    "engine.append.AppendPath",
                    "if (ledger.intakeFenced() && !recovery) {",
                    "if (fencedEarly && !recovery) {")),
    TRIMMED_ENTRIES_STILL_READ(
            model(),
            edit(
                    "engine.read.ReadPath",
                    "entryId > ledger.last() || entryId < ledger.trimBound() || ledger.ended()",
                    "entryId > ledger.last() || ledger.ended()")),
    DAMAGE_READ_AS_MISSING(
            test("engine.DamageTest#noDamageChangesAnAnswer"),
            edit(
                    "engine.read.ReadPath",
                    "throw corrupt(ledger.id(), entryId, e);",
                    "throw new NoSuchEntryException(ledger.id(), entryId);")),
    FAILED_READ_TAKEN_FOR_MISSING(
            test("engine.model.ReadFaultTest#aReadFailsOnceAndGoesWellThen"),
            edit(
                    "engine.read.ReadPath",
                    "throw failed(\"read of ledger \" + ledger.id() + \", entry \" + entryId, e);",
                    "throw new NoSuchEntryException(ledger.id(), entryId);")),
    FAILED_LOOKUP_TAKEN_FOR_MISSING(
            test("engine.model.ReadFaultTest#anIndexThatFailsALookupIsNoMissingEntry"),
            edit(
                    "engine.read.ReadPath",
                    ": view.locate(ledger, entryId); } catch (IndexException e) { throw failed(\"lookup of ledger \" +"
                            + " ledger.id() + \", entry \" + entryId, e); }",
                    ": view.locate(ledger, entryId); } catch (IndexException e) { location = null; }")),
    UNBOUNDED_TAIL_INDEX(
            test("engine.model.TailBoundTest#atTheBoundAppendsAreRefusedUntilTheIndexTakesSome"),
            edit(
                    "engine.append.AppendPath",
                    "if (!tailIndexFull.isFull(privileged) || journal.failure() != null) {",
                    "if (journal != null) {")),
    CALLBACK_WAITS_FOR_ROOM(
            test("engine.OrderingTest#anAppendFromACallbackAtTheBoundFailsAtOnce"),
            edit(
                    "engine.append.AppendPath",
                    "if (journal.isCompleting()) {",
                    "if (journal.isCompleting() && deadline < 0) {")),
    BATCH_THAT_FOUND_NO_ROOM_BUILT_ANEW(
            model(),
            edit(
                    "engine.flush.IndexFlusher",
                    "retry != null && retry.pending() == next ? retry.batch() : build(next, index, pace);",
                    "build(next, index, pace);")),
    // ---- Space that comes back
    SEGMENT_DROPPED_WITHOUT_TABLE(
            test("engine.ReclaimTest#trimmedSegmentsGoAndTheirFilesAreUsedAgain"),
            edit("journal.SegmentReclaim", "changed.add(0, entry);", "")),
    TABLE_WITHOUT_FENCES(
            test("engine.ReclaimTest#trimmedSegmentsGoAndTheirFilesAreUsedAgain"),
            edit("engine.ledger.LedgerState", "(row.fenced() ? FENCED : 0) |", "")),
    DELETED_LEDGER_RETURNS(
            test("engine.ReclaimTest#aDeletedLedgerStaysDeletedWhenTheRecordThatDeletedItIsGone"),
            edit("engine.ledger.RecordApplier", "if (table.covers(record.lsn())) {", "if (record.lsn() < 0) {")),
    OLDER_LIFE_RETURNS(
            test("engine.ReclaimTest#whatIsOlderThanALedgersNewLifeIsNotPartOfIt"),
            edit(
                    "engine.ledger.RecordApplier",
                    "if (ledger == null || record.lsn() < ledger.generation()) {",
                    "if (ledger == null) {")),
    TRUNCATION_DROPPED_BEFORE_WHAT_IT_REMOVED(
            test("engine.ReclaimTest#aTruncationKeepsItsSegmentWhileOlderOnesHoldWhatItRemoved"),
            edit(
                    "engine.reclaim.Reclaimer",
                    "if (truncated >= 0 && !isFirst(segment, sealed, deadIds)) {",
                    "if (truncated >= 0 && segment.id() < 0) {")),
    LEDGER_TABLE_LISTED_BEFORE_ITS_SYNC(
            model(), edit("journal.LedgerTable", "file.sync(true); return entry.sealed(", "return entry.sealed(")),
    FILES_FREED_BEFORE_THE_MANIFEST_SAYS_SO(
            model(),
            edit(
                    "journal.SegmentReclaim",
                    "changed.add(0, entry);",
                    "changed.add(0, entry);"
                            + " segmentIds.forEach(id -> freed(id, () -> { readers.remove(id); free.give(id, true, 0); }));")),
    FREE_NAME_NOT_SYNCED(
            test("journal.RecycledNameTest"),
            edit(
                    "journal.SegmentDirectory",
                    "storage.syncDirectory(); StorageFile old = storage.open",
                    "StorageFile old = storage.open")),
    RECYCLED_HEADER_NOT_SYNCED(
            model(),
            edit("journal.SegmentDirectory", "blockBytes(), true), 0); old.sync(true);", "blockBytes(), true), 0);")),
    RECYCLED_NAME_NOT_SYNCED(
            model(),
            edit(
                    "journal.SegmentDirectory",
                    "storage.rename(oldName, name); storage.syncDirectory();",
                    "storage.rename(oldName, name);")),
    NO_SECOND_LOOK_AT_A_MOVED_ENTRY(
            test("engine.model.MovedEntryTest"),
            edit("engine.read.ReadPath", "if (location.equals(now)) {", "if (location != null) {")),
    // ---- Memory
    SLICE_OF_MEMORY_THAT_IS_USED_AGAIN(
            test("journal.TailCacheTest#anEvictedChunkIsUsedAgainUnlessAReaderKeepsIt"),
            edit("journal.TailCache", "boolean unshared = chunk.memory.refCnt() == 1;", "boolean unshared = true;")),
    ROOM_OF_A_CALLER_THAT_DIED_NEVER_FILLED(
            test("journal.TicketTest#aBatchIsMarkedAndAbandonedAsAWhole"),
            edit(
                    "journal.Ticket",
                    "finish(bytes, RecordType.VOID, 0, 0, payload, false);",
                    "recordsLeft--; bytesLeft -= RecordFormat.bytes(payload);")),
    // ---- Lease, shutdown, lock
    LEASE_ENDS_WITH_A_HOLD(
            test("lease.LeaseTest#endGivesUpAtItsDeadlineWhenTheCallerItselfHolds"),
            edit("lease.Lease", "if (!ended && endingsDone && isEmpty()) {", "if (!ended && endingsDone) {")),
    LEASE_RUNS_ENDINGS_AFTER_HOLDS(
            test("lease.LeaseTest#endingsMayLetGoOfWhatTheEndWaitsFor"),
            edit(
                    "lease.Lease",
                    "if (closeIntake()) { runEndings(); } return awaitHolds(startNanos, deadlineNanos);",
                    "boolean first = closeIntake(); if (first) { endingsDone = true; } EndReport report ="
                            + " awaitHolds(startNanos, deadlineNanos); if (first) { runEndings(); } return report;")),
    FREED_WITH_A_HOLD(
            test("index.RocksEndTest#withAHoldLeftTheOwnerStillWritesAndSyncsButNothingIsFreed"),
            edit(
                    "index.RocksHandle",
                    "if (!report.drained() || !endBackgroundWork()) {",
                    "if (!endBackgroundWork()) {")),
    NO_LAST_SYNC_OF_THE_INDEX(
            test("index.RocksEndTest#closeAloneSyncsWhatNoSyncCovers"),
            edit("index.RocksHandle", "IndexException first = syncLast();", "IndexException first = null;")),
    INDEX_FLUSHED_BEFORE_THE_JOURNAL_IS_SYNCED(
            test("engine.lifecycle.ShutdownTest#theOrderSatisfiesWhatEachStageNeeds"),
            edit(
                    "engine.lifecycle.Stage",
                    "FLUSH_INDEX(STOP_BACKGROUND, SYNC_JOURNAL),",
                    "FLUSH_INDEX(STOP_BACKGROUND),")),
    DIRECTORY_RELEASED_UNDER_A_WRITER(
            test("engine.lifecycle.ShutdownTest#theLastOneToEndDoesTheRemainingReleases"),
            edit(
                    "engine.lifecycle.Stage",
                    "RELEASE_DIRECTORY(STOP_BACKGROUND, SYNC_JOURNAL, CLOSE_NATIVE);",
                    "RELEASE_DIRECTORY();")),

    // ---- With tests that were written for them, or opened behind a second defence
    ACKNOWLEDGED_BEFORE_SYNC(
            test("journal.JournalTest#nothingIsToldWhileItsSyncIsUnderWay"),
            edit(
                    "journal.Committer",
                    "if (!options.deferred() || syncDue()) { sync(); noteSyncs(); }"
                            + " Throwable failure = intake.failure();",
                    "Throwable failure = intake.failure();"),
            edit(
                    "journal.Committer",
                    "completions.committed(group, durableLsn); }",
                    "completions.committed(group, writtenLsn); group.clear();"
                            + " if (!options.deferred() || syncDue()) { sync(); } }")),
    GOES_ON_AFTER_FAILURE(
            test("journal.JournalTest#theFirstFailureOfAWriteOrSyncIsFinal"),
            edit(
                    "journal.Committer",
                    "if (intake.fail(cause, lost)) { listener.failed(cause); } failureTold = true;"
                            + " completions.failed(lost, intake.failure());",
                    "completions.failed(lost, cause);")),
    DEFERRED_NEVER_SYNCS_BY_TIME(
            test("journal.JournalTest#aDeferredJournalSyncsByItselfAfterItsTime"),
            edit(
                    "journal.Committer",
                    "|| clock.nanoTime() - unsyncedSinceNanos >= options.deferredSyncNanos());",
                    ");")),
    DEFERRED_NEVER_SYNCS_BY_BYTES(
            test("journal.JournalTest#aDeferredJournalSyncsByItselfAfterItsBytes"),
            edit("journal.Committer", "|| unsyncedBytes >= options.deferredSyncBytes()", "")),
    SYNC_TOLD_AT_WRITTEN(
            test("engine.append.SyncWaitersTest#nobodyIsServedBeforeTheDurablePositionIsThere"),
            edit("engine.append.SyncWaiters", "if (waiter.lsn() <= durableLsn) {", "if (durableLsn >= 0) {")),
    FOOTER_WITHOUT_CHECKSUM(
            test("journal.SegmentFooterTest#aFooterWithAFlippedBitIsNone"),
            edit(
                    "journal.SegmentFooter",
                    "if (in.getInt(4) != new RecordChecksum().bytes(nonce, offset, covered)) { return null; }",
                    "")),
    CONTENTS_WITHOUT_CHECKSUM(
            test("journal.SegmentContentsTest#aFlippedBitInThemChangesNothing"),
            edit(
                    "journal.SegmentContents",
                    "return in.getInt(CRC_OFFSET) == new RecordChecksum().bytes(nonce, offset, covered) ? in : null;",
                    "return in;")),
    CONTENTS_WITHOUT_THE_SECOND_HALF_OF_A_BATCH(
            test("journal.SegmentContentsTest#theySayWhatTheFramesHold"),
            edit("journal.ContentsWriter", "if (!entry || record.continued()) {", "if (!entry) {")),
    CONTENTS_GO_ON_BEHIND_WHAT_WAS_CUT(
            test("journal.JournalRecoveryTest"),
            edit(
                    "journal.ContentsReader",
                    "if (nextOffset >= entry.validEnd()) { return false; }",
                    "if (left == 0 && nextOffset >= entry.validEnd()) { return false; }"),
            edit(
                    "journal.ContentsReader",
                    "if (continued || padded > entry.validEnd() - nextOffset) {",
                    "if (continued) {")),
    CONTENTS_THAT_END_EARLY_END_THE_SEGMENT(
            test("journal.SegmentContentsTest#whereTheyEndOrCannotBeTheFramesGoOn"),
            edit("journal.ContentsReader", "if (nextOffset >= entry.validEnd()) {", "if (left == 0) {")),
    SEALED_BEFORE_ITS_RECORDS_WERE_APPLIED(
            test("journal.JournalTest#aSegmentIsSealedOnlyWhenAllItsRecordsWereApplied"),
            edit(
                    "journal.SegmentLifecycle",
                    "!successorWritten(segment) || segment.lastLsn > completedLsn",
                    "!successorWritten(segment)")),
    SEALED_WHILE_ITS_LAST_FRAME_WAS_WRITTEN(
            test("journal.SealRaceTest#aFooterHoldsWhatWasWrittenMeanwhileToo"),
            edit(
                    "journal.SegmentLifecycle",
                    "!successorWritten(segment) || segment.lastLsn > completedLsn",
                    "segment.lastLsn > completedLsn || !successorWritten(segment)")),
    A_LEFT_OVER_WITHOUT_HEADER_IS_DELETED_WHATEVER_IT_HOLDS(
            test("journal.JournalRecoveryTest#aSegmentThatIsNotListedAndHasNoHeaderIsNotDeletedWithWhatItHolds"),
            edit("journal.JournalRecovery", "if (at >= 0) {", "if (at >= Long.MAX_VALUE) {")),
    APPENDS_GO_ON_BELOW_THE_RESERVE(
            test("journal.JournalTest#aFullDiskRefusesAppendsUntilThereIsRoomAgain"),
            edit("journal.Intake", "if (diskFull && !privileged) {", "if (diskFull && nextLsn < 0) {")),
    DELETES_REFUSED_ON_A_FULL_DISK(
            test("journal.JournalTest#aFullDiskRefusesAppendsUntilThereIsRoomAgain"),
            edit("journal.Intake", "if (diskFull && !privileged) {", "if (diskFull) {")),
    INCARNATION_NOT_RENEWED(
            test("journal.JournalRecoveryTest#anEndOfAnIncarnationCutsOffAnIndexThatKnowsMore"),
            edit("journal.JournalRecovery", "cut ? incarnation(lastLsn, copiedFrom) : null", "null")),
    INDEX_THAT_KNOWS_CUT_PLACES_ACCEPTED_LATER(
            test("journal.JournalRecoveryTest#whatWasWrittenAgainIsNotWhereOlderIndexesSay"),
            edit("journal.JournalRecovery", "Math.min(lastLsn, copiedFrom - 1)", "lastLsn")),
    INDEX_AHEAD_OF_THE_JOURNAL_ACCEPTED(
            test("engine.IndexLossTest#newerThanTheJournal"),
            edit("engine.flush.Recovery", "if (!journal.knows(at.incarnation(), at.lsn())) {", "if (at.lsn() < 0) {")),
    ROW_REWRITTEN_WITHOUT_LOCK(
            test("index.RocksWriterTest#aFlushBesideARewriteIsNotLost"),
            edit(
                    "index.RocksLocationIndex",
                    "private boolean rewrite(List<RowKey> rows) { writer.lock(); try {",
                    "private boolean rewrite(List<RowKey> rows) { try {"),
            edit(
                    "index.RocksLocationIndex",
                    "rows.forEach(hot::add); } throw e; } finally { writer.unlock(); }",
                    "rows.forEach(hot::add); } throw e; }")),
    ROW_OF_BEFORE_A_WRITE_STAYS_CACHED(
            test("index.RowCacheTest#nobodySeesWhatWasBeforeAWrite"),
            edit(
                    "index.RocksIndexBatch",
                    "cached.changed(touched[i], touched[i + 1], bucket < 0 ? ~bucket : bucket);",
                    "")),
    ROWS_OF_BEFORE_A_TRUNCATION_STAY_CACHED(
            test("index.RowCacheTest#nobodySeesWhatWasBeforeAWrite"),
            edit("index.RocksIndexBatch", "cached.allChanged(truncated[i], truncated[i + 1]);", "")),
    ROW_KEPT_AS_IT_WAS_WRITTEN_OUTLIVES_A_CHANGE(
            test("index.RowCacheTest#norWhatWasKeptAsItWasWritten"),
            edit(
                    "index.RowCache",
                    "recent.remove(ledgerId, generation, bucket); changes.incrementAndGet(",
                    "changes.incrementAndGet(")),
    ROW_ADDED_TO_IN_ITS_OWN_BATCH_KEPT_AS_WRITTEN(
            test("index.RecentRowsTest#aRowThatWasAddedToInItsOwnBatchIsNotKept"),
            edit(
                    "index.RowCache",
                    "generation, long bucket) { recent.remove(ledgerId, generation, bucket); }",
                    "generation, long bucket) { }")),
    ROW_KEPT_AS_IT_WAS_WRITTEN_OUTLIVES_A_TRUNCATION(
            test("index.RecentRowsTest#aRowThatWasTruncatedIsNotKept"),
            edit("index.RecentRows", "if (at < 0 || table[at + EPOCH] != epoch) {", "if (at < 0) {")),
    ROW_TRUNCATED_IN_ITS_OWN_BATCH_KEPT_AS_WRITTEN(
            test("index.RecentRowsTest#aRowThatWasTruncatedIsNotKept"),
            edit("index.RocksIndexBatch", "touchedBeforeTruncation = touchedSize;", "")),
    A_FEW_SLOTS_KEPT_AS_A_WHOLE_ROW(
            test("index.RecentRowsTest#someSlotsAreNoWholeRow"),
            edit("index.RocksIndexBatch", "slots < BucketRow.SLOTS ? 0", "slots < 1 ? 0")),
    CHANGES_TOLD_TO_THE_CACHE_BEFORE_THEIR_WRITE(
            test("index.RowCacheTest#nobodySeesWhatWasBeforeAWrite"),
            edit(
                    "index.RocksLocationIndex",
                    "try { rocks.write(bytes, mine.operations());",
                    "mine.tellChanges(cached); try { rocks.write(bytes, mine.operations());"),
            edit(
                    "index.RocksLocationIndex",
                    "finally { // Also where it failed: RocksDB may hold it all the same. mine.tellChanges(cached); }",
                    "")),
    ROW_LOADED_BESIDE_A_WRITE_IS_CACHED(
            test("index.RowCacheTest#whatIsLoadedBesideItsChangeIsNotKept"),
            edit("index.RowCache", "changes.get(slot) == before ? loaded : null", "loaded"),
            edit("index.RowCache", "if (changes.get(slot) != before) {", "if (rows == null) {")),
    ROWS_OF_A_CLEARED_GENERATION_STAY_CACHED(
            test("index.RowCacheTest#rowsOfAClearedGenerationAreGone"),
            edit("index.RocksLocationIndex", "ranges.tellChanges(cached);", "")),
    CACHE_ANSWERS_AFTER_THE_END(
            test("index.RowCacheTest#anEndedIndexGivesNothingFromIt"),
            edit("index.RocksLocationIndex", "rocks.checkOpen(); return cached", "return cached")),
    INDEX_TAKES_WRITES_AFTER_ONE_FAILED(
            test("index.RocksWriterTest#nothingIsWrittenAfterAWriteThatFailed"),
            edit("index.RocksHandle", "if (isFinal && failure == null) {", "if (isFinal && failure != null) {")),
    UNREADABLE_BLOCK_ENDS_A_CHECK(
            test("journal.UnreadableBlockTest#aCheckNamesEachAndGoesOnBehindIt"),
            edit(
                    "journal.JournalTools",
                    "new SegmentDirectory(new PatientStorage(journal, places), catalog.store());",
                    "new SegmentDirectory(journal, catalog.store());")),
    UNREADABLE_BLOCK_TAKEN_FOR_ZEROS(
            test("journal.UnreadableBlockTest#aCheckNamesOneInATailThatNothingCovers"),
            edit("journal.DamagedPlaces", "while (!blocks.isEmpty()) {", "while (blocks.size() > 99) {")),
    RECORD_OF_A_RECYCLED_LOG_LEFT_TO_ROCKSDB(
            test("engine.lifecycle.RocksManifestTest#aRecordOfARecycledLogIsDamage"),
            edit("engine.lifecycle.RocksManifest", "(RECYCLED_TYPES, type) >= 0", "(RECYCLED_TYPES, type) > 99")),
    BATCH_IN_SEVERAL_PUBLICATIONS(
            test("engine.BatchesAreSeenWholeTest#theFirstChangeOfABatchIsNotSeenWithoutTheLast"),
            edit(
                    "engine.ledger.RecordApplier",
                    "boolean together = record.continued() || inBatch || type != RecordType.ENTRY;",
                    "boolean together = false;")),
    SEGMENT_DROPPED_ON_LIVE_BYTES_ALONE(
            test("engine.ReclaimTest#countersOfLiveBytesDropNothing"),
            edit(
                    "engine.reclaim.Reclaimer",
                    "if (findReason(segment, rows, checkpoint, ledgerId -> Bounds.of(asOf.get(ledgerId)))) {",
                    "if (index.get().liveBytes().getOrDefault(segment.id(), 0L) > 0) {"),
            edit(
                    "engine.reclaim.Reclaimer",
                    "if (rows == null || findReason(segment, rows, checkpoint, this::committed)) {",
                    "if (rows == null) {")),
    MISSING_ENTRIES_OF_A_TABLE_IGNORED(
            test("engine.ledger.LedgersAsOfTest#missingEntriesAreRefused"),
            edit("engine.ledger.LedgersAsOf", "if (ledger.count() < row.entryCount()) {", "if (ledger.count() < 0) {")),
    INDEX_FLUSHED_AHEAD_OF_THE_JOURNAL(
            model(),
            edit(
                    "engine.flush.IndexFlusher",
                    "if (next == null || !covered.test(next.tail().lastLsn())) {",
                    "if (next == null) {"),
            edit("engine.flush.Recovery", "if (!journal.knows(at.incarnation(), at.lsn())) {", "if (at.lsn() < 0) {")),
    INDEX_OF_ANOTHER_STORE_ACCEPTED(
            test("engine.IndexLossTest#replacedByThatOfAnotherStore"),
            edit(
                    "engine.flush.Recovery",
                    "if (at.storeIdHigh() != journal.storeId().high() || at.storeIdLow() != journal.storeId().low()) {",
                    "if (at.lsn() < 0) {"),
            edit("engine.flush.Recovery", "if (!journal.knows(at.incarnation(), at.lsn())) {", "if (at.lsn() < 0) {"));

    private final Finder finder;
    private final List<Edit> edits;

    SourceMutant(Finder finder, Edit... edits) {
        this.finder = finder;
        this.edits = List.of(edits);
    }

    private static Finder model() {
        return Finder.model(Finder.USUAL_SEEDS);
    }

    private static Finder rare() {
        return Finder.model(Finder.RARE_SEEDS);
    }

    private static Finder crashes(int states) {
        return Finder.crashes(states);
    }

    private static Finder test(String name) {
        return Finder.test(name);
    }

    private static Edit edit(String type, String before, String after) {
        return new Edit(type, before, after);
    }

    /** What must find it. */
    Finder finder() {
        return finder;
    }

    /** What it changes. */
    List<Edit> edits() {
        return new ArrayList<>(edits);
    }
}
