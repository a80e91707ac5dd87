package io.daybook.benchmarks;

import java.util.Locale;

/** Figures for people. */
public final class Format {
    private Format() {}

    /** Three significant digits with a unit: 1.07 M, 474 k, 12.3. */
    public static String count(double value) {
        if (value >= 1e9) {
            return digits(value / 1e9) + " G";
        }
        if (value >= 1e6) {
            return digits(value / 1e6) + " M";
        }
        if (value >= 1e4) {
            return digits(value / 1e3) + " k";
        }
        return digits(value);
    }

    public static String nanos(double nanos) {
        if (nanos >= 1e9) {
            return digits(nanos / 1e9) + " s";
        }
        if (nanos >= 1e6) {
            return digits(nanos / 1e6) + " ms";
        }
        if (nanos >= 1e3) {
            return digits(nanos / 1e3) + " us";
        }
        return digits(nanos) + " ns";
    }

    public static String bytes(double bytes) {
        if (bytes >= 1 << 30) {
            return digits(bytes / (1 << 30)) + " GiB";
        }
        if (bytes >= 1 << 20) {
            return digits(bytes / (1 << 20)) + " MiB";
        }
        if (bytes >= 1 << 10) {
            return digits(bytes / (1 << 10)) + " KiB";
        }
        return digits(bytes) + " B";
    }

    public static String ratio(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2f", value) : "-";
    }

    public static String digits(double value) {
        if (!Double.isFinite(value)) {
            return "-";
        }
        if (value >= 100 || value == Math.rint(value)) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
    }
}
