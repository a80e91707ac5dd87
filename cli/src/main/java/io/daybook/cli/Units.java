package io.daybook.cli;

import java.util.Locale;

/** Numbers for people. */
final class Units {
    private static final String[] IEC = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Units() {}

    static String bytes(double bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < IEC.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0
                ? String.format(Locale.ROOT, "%,.0f B", value)
                : String.format(Locale.ROOT, "%.1f %s", value, IEC[unit]);
    }

    static String count(double number) {
        return String.format(Locale.ROOT, "%,.0f", number);
    }

    /** Nanoseconds in the unit that suits them. */
    static String time(double nanos) {
        if (nanos < 1e6) {
            return String.format(Locale.ROOT, "%.0f us", nanos / 1e3);
        }
        return nanos < 1e9
                ? String.format(Locale.ROOT, "%.2f ms", nanos / 1e6)
                : String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
    }

    static String percent(long done, long total) {
        return total <= 0 ? "" : String.format(Locale.ROOT, "%.0f %%", 100.0 * done / total);
    }
}
