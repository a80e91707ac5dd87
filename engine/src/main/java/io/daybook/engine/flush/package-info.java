/**
 * How the location index follows the journal: flushes while running, replay and rebuild at open. Part of the engine, no API.
 */
package io.daybook.engine.flush;
