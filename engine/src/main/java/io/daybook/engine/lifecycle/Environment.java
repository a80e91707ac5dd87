package io.daybook.engine.lifecycle;

import io.daybook.journal.JournalClock;
import io.daybook.storage.Storage;
import java.security.SecureRandom;

/**
 * What an engine stands on: the seams that let the whole of it run on a simulated disk, one thread and a clock of its own.
 *
 * @param root directory of the store
 * @param journal directory of the segments
 * @param index where the location index is kept
 * @param clock monotonic
 * @param random of ids and nonces
 * @param threads false: the engine starts none, and whoever waits does the work
 * @param tailEntries entries of a tail before it is flushed
 * @param tailJournalBytes journal bytes of a tail before it is flushed
 * @param tailsMax tails that may wait before appends do
 */
public record Environment(
        Storage root,
        Storage journal,
        IndexStore index,
        JournalClock clock,
        SecureRandom random,
        boolean threads,
        int tailEntries,
        long tailJournalBytes,
        int tailsMax) {}
