package io.daybook.benchmarks.report;

import java.util.ArrayList;
import java.util.List;

/** A table of a report: the first two columns are names, the others figures. <b>Confined to one thread.</b> */
final class ReportTable {
    private static final int NAME_COLUMNS = 2;

    private final String heading;
    private final List<String> heads;
    private final List<List<String>> rows = new ArrayList<>();

    ReportTable(String heading, String... heads) {
        this.heading = heading;
        this.heads = List.of(heads);
    }

    void row(String... cells) {
        if (cells.length != heads.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + heads.size() + " columns");
        }
        rows.add(List.of(cells));
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    String markdown() {
        StringBuilder text = new StringBuilder("### " + heading + "\n\n");
        line(text, heads);
        List<String> rule = new ArrayList<>();
        for (int i = 0; i < heads.size(); i++) {
            rule.add(i < NAME_COLUMNS ? "---" : "---:");
        }
        line(text, rule);
        rows.forEach(row -> line(text, row));
        return text.toString();
    }

    private static void line(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    String html() {
        StringBuilder text =
                new StringBuilder("<h2>" + Html.escaped(heading) + "</h2>\n<div class=\"wide\"><table>\n<tr>");
        heads.forEach(head -> text.append("<th>").append(Html.escaped(head)).append("</th>"));
        text.append("</tr>\n");
        String group = "";
        for (List<String> row : rows) {
            // The cell is named once, on the first of its rows.
            boolean same = row.get(0).equals(group);
            group = row.get(0);
            text.append(same ? "<tr>" : "<tr class=\"first\">");
            for (int i = 0; i < row.size(); i++) {
                text.append(i < NAME_COLUMNS ? "<td class=\"name\">" : "<td>")
                        .append(i == 0 && same ? "" : Html.escaped(row.get(i)))
                        .append("</td>");
            }
            text.append("</tr>\n");
        }
        return text.append("</table></div>\n").toString();
    }
}
