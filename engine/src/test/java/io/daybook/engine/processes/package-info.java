/**
 * A store in a process of its own that is killed, whose system calls fail, or whose disk loses power.
 *
 * <pre>
 * CrashRun ──► CrashChild: verify, open, compare, then changes without an end
 *    ▲              │
 *    └── reports ◄──┘  what was found there, what was acknowledged since
 * </pre>
 *
 * A {@link io.daybook.engine.processes.Plan} makes each change from a seed and from all changes before it, so a seed and a
 * number say what must be in the store. What is found must be, in every ledger and to the last byte, what some number of
 * changes gives, no lower than what was acknowledged: a prefix, with deletions and fences in it. The next child finds it and
 * goes on from there; what one child was seen to serve is what all later ones are held to.
 */
package io.daybook.engine.processes;
