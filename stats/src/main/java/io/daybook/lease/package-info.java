/**
 * Leases: what makes it impossible to touch a closed native handle or a recycled file.
 *
 * <pre>
 * user of the handle     tryAcquire() ──► hold ──► one native call ──► hold.close()
 *                              │ null: the handle is on its way out, answer "closed"
 * owner of the handle    onEnd("stats", …)  …  end(deadline) ──► drained? free it : leak it and say who holds it
 * </pre>
 *
 * <p>A {@link io.daybook.lease.Lease} belongs to one opening of one resource: a native database, a segment file, the
 * collectors of an engine. Opening again makes a new lease with a new {@linkplain io.daybook.lease.Lease#generation()
 * generation}, so that nobody can reach a new resource through an old lease. A {@link io.daybook.lease.Hold} covers one
 * native call or step, never a wait, a file read or user code, and no object in a user's hands keeps one between calls.
 *
 * <p>{@link io.daybook.lease.Lease#end} is the only way out, in this order: no new holds, endings in reverse order of
 * their registration (so that what was built last goes first), wait for the holds. The owner frees the resource only when
 * the {@link io.daybook.lease.EndReport} says that it drained; else the resource is leaked, never freed under a user.
 *
 * <p>Threads: this package starts none. Every type is safe for use by many threads. It uses no third party code, and any
 * package may use it.
 */
package io.daybook.lease;
