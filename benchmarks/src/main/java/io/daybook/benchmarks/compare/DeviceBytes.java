package io.daybook.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process has caused to be written, as Linux counts it; NaN where it does not. */
final class DeviceBytes {
    private static final Path COUNTERS = Path.of("/proc/self/io");

    private DeviceBytes() {}

    /** Pages that became dirty and bytes written past the page cache, less dirty pages that were cut off with their files. */
    static double written() {
        double written = Double.NaN;
        double cancelled = 0;
        try {
            for (String line : Files.readAllLines(COUNTERS)) {
                String[] parts = line.split(": ");
                if (parts[0].equals("write_bytes")) {
                    written = Double.parseDouble(parts[1]);
                } else if (parts[0].equals("cancelled_write_bytes")) {
                    cancelled = Double.parseDouble(parts[1]);
                }
            }
        } catch (IOException e) {
            return Double.NaN;
        }
        return written - cancelled;
    }
}
