/**
 * Reads sealed segments again while the engine runs, at a low rate, to find what rots before somebody needs it.
 */
package io.daybook.engine.scrub;
