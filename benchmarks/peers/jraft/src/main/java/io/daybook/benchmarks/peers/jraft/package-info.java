/** SOFAJRaft's log behind the seam of the benchmarks, with the RocksDB that it is released with. */
package io.daybook.benchmarks.peers.jraft;
