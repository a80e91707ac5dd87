package io.daybook.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC32C over a range of a buffer. */
final class Checksums {
    private Checksums() {}

    static int of(ByteBuffer buffer, int from, int to) {
        ByteBuffer range = buffer.duplicate();
        range.limit(to).position(from);
        CRC32C crc = new CRC32C();
        crc.update(range);
        return (int) crc.getValue();
    }
}
