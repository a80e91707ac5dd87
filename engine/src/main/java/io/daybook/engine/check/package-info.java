/**
 * What looks at a store as a whole: its index against itself, and both against a replay of the segments. Changes nothing.
 */
package io.daybook.engine.check;
