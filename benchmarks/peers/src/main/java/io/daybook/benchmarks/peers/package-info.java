/**
 * Peers behind the seam of the benchmarks: {@link io.daybook.benchmarks.AppendSink}.
 *
 * <pre>
 * Producer ──► BookKeeperSink ──► BookieImpl.addEntry      journal and DbLedgerStorage, as a bookie runs them
 *         └──► RocksSink      ──► RocksDB.write(sync)      one batch for all that gathered during the last one
 * </pre>
 *
 * <p>BookKeeper runs with the RocksDB and Netty that it is released with, plain RocksDB with Daybook's version: each in a JVM
 * of its own, with a class path of its own.
 */
package io.daybook.benchmarks.peers;
