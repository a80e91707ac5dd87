/**
 * What {@code demo --seed-bug} runs in a JVM of its own: threads use a store while another thread closes it, once with RocksDB
 * guarded as it often is, once with Daybook.
 *
 * <pre>
 * demo --seed-bug ──► demo-race (child JVM) ──► CloseRace ──► BareStore     ends its JVM sooner or later
 *                                                        └──► DaybookStore  does not
 * </pre>
 *
 * {@code BareStore} is wrong on purpose. It is the only class besides those of {@code io.daybook.index} that touches RocksDB,
 * and stands here, in the command and not in the library, so that nobody can embed it by mistake. CliArchitectureTest holds that.
 */
package io.daybook.cli.contrast;
