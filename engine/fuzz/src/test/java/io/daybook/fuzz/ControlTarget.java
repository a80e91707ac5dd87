package io.daybook.fuzz;

import java.nio.ByteBuffer;
import java.util.List;

/** A decoder as it is often written: it believes the length that it reads. */
final class ControlTarget implements Target {
    private static final int MAGIC = 0x52464244;

    @Override
    public void run(byte[] input) {
        ByteBuffer in = ByteBuffer.wrap(input);
        if (in.remaining() < 12 || in.getInt() != MAGIC) {
            return;
        }
        int length = in.getInt();
        if (length < 0 || length > 1 << 20) {
            return;
        }
        byte[] payload = new byte[length];
        in.get(payload);
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(ByteBuffer.allocate(20).putInt(0).putInt(4).array());
    }
}
