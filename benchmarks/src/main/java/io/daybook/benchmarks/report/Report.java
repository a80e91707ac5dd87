package io.daybook.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Makes of results what people look at: tables in Markdown, plots, and one page of HTML with all of it. */
public final class Report {
    private Report() {}

    /**
     * Writes {@code report.md}, {@code report.html} and a PNG for each plot.
     *
     * @param directory exists
     * @throws IOException if a file cannot be written
     */
    public static void write(Results results, Path directory) throws IOException {
        List<Plot> plots = Plots.of(results);
        StringBuilder markdown = new StringBuilder(markdown(results));
        for (Plot plot : plots) {
            Files.write(directory.resolve(plot.file()), plot.png());
            markdown.append("\n![")
                    .append(plot.title())
                    .append("](")
                    .append(plot.file())
                    .append(")\n");
        }
        Files.writeString(directory.resolve("report.md"), markdown);
        Files.writeString(directory.resolve("report.html"), Html.page(results, ResultTables.of(results), plots));
    }

    /** What was reached of the goals first, then where the figures come from, then all tables. */
    public static String markdown(Results results) {
        StringBuilder text = new StringBuilder();
        ReportTable goals = Goals.of(results);
        if (!goals.isEmpty()) {
            text.append(goals.markdown()).append('\n');
        }
        results.machine()
                .forEach((name, value) -> text.append("- ")
                        .append(name)
                        .append(": ")
                        .append(value)
                        .append('\n'));
        ResultTables.of(results).forEach(table -> text.append('\n').append(table.markdown()));
        text.append("\nFiles that are appended to:\n\n");
        ResultTables.fileStates(results)
                .forEach(state -> text.append("- ").append(state).append('\n'));
        return text.toString();
    }
}
