package io.daybook.benchmarks.report;

import java.util.Base64;
import java.util.List;
import java.util.Map;

/** One page with everything in it: tables, plots as data, and nothing from elsewhere. */
final class Html {
    private static final String STYLE = """
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1c2330; }
            h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
            table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
            th { text-align: right; font-weight: 600; border-bottom: 2px solid #98a2b3; padding: .25rem .6rem; vertical-align: bottom; }
            th:nth-child(-n+2), td.name { text-align: left; }
            td { text-align: right; padding: .15rem .6rem; white-space: nowrap; }
            tr.first td { border-top: 1px solid #d5dae2; padding-top: .4rem; }
            .wide { overflow-x: auto; }
            dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: 13px; }
            dt { color: #5b6576; } dd { margin: 0; overflow-wrap: anywhere; }
            img { display: block; max-width: 100%; margin: 1rem 0; border: 1px solid #e3e7ed; }
            """;

    private Html() {}

    static String page(Results results, List<ReportTable> tables, List<Plot> plots) {
        StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                + "<title>Daybook beside its peers</title>\n<style>\n" + STYLE + "</style>\n</head>\n<body>\n"
                + "<h1>Daybook beside its peers</h1>\n");
        ReportTable goals = Goals.of(results);
        if (!goals.isEmpty()) {
            page.append(goals.html());
        }
        page.append("<dl>\n");
        for (Map.Entry<String, String> fact : results.machine().entrySet()) {
            page.append("<dt>")
                    .append(escaped(fact.getKey()))
                    .append("</dt><dd>")
                    .append(escaped(fact.getValue()))
                    .append("</dd>\n");
        }
        page.append("</dl>\n");
        for (Plot plot : plots) {
            page.append("<h2>").append(escaped(plot.title())).append("</h2>\n<img alt=\"");
            page.append(escaped(plot.title())).append("\" src=\"data:image/png;base64,");
            page.append(Base64.getEncoder().encodeToString(plot.png())).append("\">\n");
        }
        tables.forEach(table -> page.append(table.html()));
        page.append("<h2>State of the files that are appended to</h2>\n<ul>\n");
        ResultTables.fileStates(results)
                .forEach(state -> page.append("<li>").append(escaped(state)).append("</li>\n"));
        return page.append("</ul>\n</body>\n</html>\n").toString();
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
