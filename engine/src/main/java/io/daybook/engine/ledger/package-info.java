/**
 * What a ledger is, as accepted and as committed, and what each record means to it
 * ({@link io.daybook.engine.ledger.RecordApplier}). Part of the engine, no API.
 */
package io.daybook.engine.ledger;
