/**
 * How changes get in: acceptance under the journal's lock ({@link io.daybook.engine.append.AppendPath}), and what happens when
 * their frame is committed ({@link io.daybook.engine.append.Commits}). Part of the engine, no API.
 */
package io.daybook.engine.append;
