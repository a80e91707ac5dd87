package io.daybook.benchmarks.report;

import io.daybook.benchmarks.Format;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.DoubleSummaryStatistics;
import java.util.Map;
import java.util.stream.DoubleStream;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.IChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** How all pictures look: a store has the same colour everywhere. Needs no display. */
final class Charts {
    private static final int WIDTH = 1100;
    private static final int HEIGHT = 560;
    private static final Color GRID = new Color(0xE3E7ED);
    private static final Color INK = new Color(0x1C2330);

    /** Colours that those who see few of them can tell apart, too. */
    private static final Map<String, Color> COLOURS = Map.ofEntries(
            Map.entry("raw", new Color(0x6B7280)),
            Map.entry("raw-25", new Color(0xA8AFBA)),
            Map.entry("daybook", new Color(0x0072B2)),
            Map.entry("daybook-ring", new Color(0x56B4E9)),
            Map.entry("daybook-25", new Color(0x1B4F8A)),
            Map.entry("daybook-no-rows", new Color(0x7FA3C7)),
            Map.entry("bookkeeper", new Color(0xD55E00)),
            Map.entry("bookkeeper-flush", new Color(0xE69F00)),
            Map.entry("bookkeeper-ra1", new Color(0xF0C75E)),
            Map.entry("rocksdb", new Color(0x009E73)),
            Map.entry("rocksdb-blob", new Color(0x8FCFB3)),
            Map.entry("jraft", new Color(0xCC79A7)));

    private static final Color[] EVENTS = {new Color(0xCC3311), new Color(0xAA3377), new Color(0x222222)};

    private Charts() {}

    static XYChart lines(String x, String y) {
        System.setProperty("java.awt.headless", "true");
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .theme(Styler.ChartTheme.XChart)
                .build();
        style(chart.getStyler());
        chart.getStyler().setMarkerSize(5);
        return chart;
    }

    static CategoryChart bars(String x, String y) {
        System.setProperty("java.awt.headless", "true");
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .theme(Styler.ChartTheme.XChart)
                .build();
        style(chart.getStyler());
        chart.getStyler().setAvailableSpaceFill(0.86);
        return chart;
    }

    /** A logarithmic axis that ends on powers of ten: only these get labels. */
    static void logarithmic(AxesChartStyler styler, DoubleStream values) {
        DoubleSummaryStatistics range = values.summaryStatistics();
        styler.setYAxisLogarithmic(true)
                .setYAxisMin(Math.pow(10, Math.floor(Math.log10(range.getMin()))))
                .setYAxisMax(Math.pow(10, Math.ceil(Math.log10(range.getMax()))))
                .setYAxisTickLabelsFormattingFunction(Charts::decimal);
    }

    /** A number without an exponent, as short as it can be. */
    static String decimal(double number) {
        return number >= 1e4
                ? Format.count(number)
                : BigDecimal.valueOf(number)
                        .round(new MathContext(6))
                        .stripTrailingZeros()
                        .toPlainString();
    }

    private static void style(AxesChartStyler styler) {
        styler.setPlotGridLinesColor(GRID)
                .setAxisTickLabelsColor(INK)
                .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
                .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setLegendBorderColor(Color.WHITE)
                .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
                .setLegendPosition(Styler.LegendPosition.OutsideE)
                .setChartFontColor(INK)
                .setChartTitleVisible(false);
    }

    static void style(XYSeries series, String store) {
        Color colour = COLOURS.getOrDefault(store, INK);
        series.setLineColor(colour);
        series.setMarkerColor(colour);
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setLineStyle(new BasicStroke(2f));
    }

    static void style(CategorySeries series, String store) {
        Color colour = COLOURS.getOrDefault(store, INK);
        series.setFillColor(colour);
        series.setLineColor(colour);
        series.setMarkerColor(colour);
        series.setMarker(SeriesMarkers.CIRCLE);
    }

    /** A line without points. */
    static void line(XYSeries series, String store) {
        style(series, store);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineStyle(new BasicStroke(1.3f));
    }

    /** Points without a line. */
    static void mark(XYSeries series, int number) {
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        series.setMarkerColor(EVENTS[number % EVENTS.length]);
        series.setMarker(number % 2 == 0 ? SeriesMarkers.DIAMOND : SeriesMarkers.TRIANGLE_UP);
    }

    static Plot plot(String file, String title, IChart chart) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", png);
        return new Plot(file, title, png.toByteArray());
    }
}
