/**
 * Directories, state, threads and the stages of a shutdown. Part of the engine, no API.
 */
package io.daybook.engine.lifecycle;
