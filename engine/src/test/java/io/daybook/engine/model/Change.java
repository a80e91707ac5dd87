package io.daybook.engine.model;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What was accepted by one call: all of it happens or nothing.
 *
 * @param number in the order of calls
 * @param steps in order
 * @param future of the call
 * @param givenId the id that the future must complete with, -1: none
 */
record Change(long number, List<Step> steps, CompletableFuture<?> future, long givenId) {

    boolean touches(long ledgerId) {
        for (Step step : steps) {
            if (step.ledger() == ledgerId) {
                return true;
            }
        }
        return false;
    }
}
