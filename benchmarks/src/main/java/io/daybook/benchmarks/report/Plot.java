package io.daybook.benchmarks.report;

/**
 * A picture.
 *
 * @param file its name, with its ending
 * @param title for people
 * @param png its bytes
 */
record Plot(String file, String title, byte[] png) {}
