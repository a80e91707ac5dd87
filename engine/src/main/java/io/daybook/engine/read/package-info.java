/**
 * How entries are found and read: tails ({@link io.daybook.engine.read.Tail}), view, cursors. Part of the engine, no API.
 */
package io.daybook.engine.read;
