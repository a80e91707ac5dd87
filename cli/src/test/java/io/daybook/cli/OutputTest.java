package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;

class OutputTest {

    @Test
    void bytesOfAnySizeComeOutInOrder() {
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        Output out = new Output(to);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (int size : new int[] {0, 1, 65_535, 65_536, 65_537, 300_000, 5}) {
            byte[] bytes = new byte[size];
            for (int i = 0; i < size; i++) {
                bytes[i] = (byte) (i * 31 + size);
            }
            ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
            out.write(buffer);
            assertThat(buffer.readableBytes()).isEqualTo(size);
            expected.writeBytes(bytes);
        }
        out.line("end");
        expected.writeBytes("end\n".getBytes());
        out.flush();
        assertThat(to.toByteArray()).isEqualTo(expected.toByteArray());
    }

    @Test
    void aClosedPipeIsNoErrorAndAFullDiskIs() {
        assertThatThrownBy(() -> failing("Broken pipe").flush()).isInstanceOf(OutputClosedException.class);
        assertThatThrownBy(() -> failing("No space left on device").flush())
                .isInstanceOfSatisfying(
                        CommandException.class, e -> assertThat(e.exitCode()).isEqualTo(3))
                .hasMessageContaining("No space left on device");
    }

    private static Output failing(String message) {
        Output out = new Output(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(message);
            }
        });
        out.line("text");
        return out;
    }
}
