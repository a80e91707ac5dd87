package io.daybook.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes of results what people look at: tables in Markdown, plots, and one page of HTML with all of it. */
public final class Report {
    private Report() {}

    /**
     * Writes it into a directory.
     *
     * @throws IOException if a file cannot be written
     */
    public static void write(Results results, Path directory) throws IOException {
        Files.writeString(directory.resolve("report.md"), markdown(results));
    }

    /** The tables. */
    public static String markdown(Results results) {
        return MarkdownTables.of(results);
    }
}
