/**
 * Gives segments back in which every entry was deleted or trimmed. Part of the engine, no API.
 */
package io.daybook.engine.reclaim;
