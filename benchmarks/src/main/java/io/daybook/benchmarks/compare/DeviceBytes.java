package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.PageCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What has been written to the device that a directory is on: sectors of its block device, so the file system's own journal is
 * in it, and whatever else the machine writes meanwhile; NaN where the kernel does not say.
 *
 * <p>Not {@code write_bytes} of /proc/self/io: that counts whole folios of the page cache as they become dirty, up to ten times
 * what is then written where commits are small and the file is in the page cache.
 */
final class DeviceBytes {
    private static final int SECTOR_BYTES = 512;
    private static final int SECTORS_WRITTEN = 6;

    private final Path counters;

    private DeviceBytes(Path counters) {
        this.counters = counters;
    }

    /** Of an existing directory. */
    static DeviceBytes of(Path directory) {
        try {
            long device = (Long) Files.getAttribute(directory, "unix:dev");
            long major = device >> 8 & 0xFFF;
            long minor = device & 0xFF | device >> 12 & 0xFFF00;
            return new DeviceBytes(Path.of("/sys/dev/block", major + ":" + minor, "stat"));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return new DeviceBytes(Path.of("/dev/null"));
        }
    }

    /** All of it so far, what was only in the page cache written before. */
    double written() {
        try {
            PageCache.sync();
            String[] fields = Files.readString(counters).trim().split("\\s+");
            return fields.length > SECTORS_WRITTEN
                    ? Double.parseDouble(fields[SECTORS_WRITTEN]) * SECTOR_BYTES
                    : Double.NaN;
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
