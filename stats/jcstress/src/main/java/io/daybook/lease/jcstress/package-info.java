/**
 * What the memory model lets the lease show, on the machine at hand, in all modes of the compiler. Run by the profile
 * {@code proof}.
 */
package io.daybook.lease.jcstress;
