/**
 * Results of a comparison, and what is made of them: JSON in the form of JMH, tables, plots and a page. Knows nothing of how they
 * were measured, so a report can be made again from {@code results.json}.
 */
package io.daybook.benchmarks.report;
