package io.daybook.cli;

import io.daybook.fuzz.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What {@code put} makes of its input, whatever the blocks are that the input comes in. */
public final class SplitterTarget implements Target {

    @Override
    public void run(byte[] input) {
        if (input.length < 4) {
            return;
        }
        boolean lines = (input[0] & 1) == 0;
        int blockBytes = 1 + (input[1] & 0xff);
        int entryBytesMax = 1 + (input[2] & 0xff) * ((input[0] & 2) == 0 ? 1 : 200);
        int entryBytes = 1 + (input[3] & 0xff) % entryBytesMax;
        byte[] text = Arrays.copyOfRange(input, 4, input.length);
        List<byte[]> entries = new ArrayList<>();
        EntrySplitter splitter = new EntrySplitter(
                lines ? EntrySplitter.lines() : EntrySplitter.chunks(entryBytes),
                entryBytesMax,
                entry -> entries.add(ByteBufUtil.getBytes(entry)));
        byte[] block = new byte[blockBytes];
        ByteBuf buffer = Unpooled.wrappedBuffer(block);
        boolean tooLong = false;
        try {
            for (int at = 0; at < text.length; at += blockBytes) {
                int length = Math.min(blockBytes, text.length - at);
                System.arraycopy(text, at, block, 0, length);
                splitter.block(block, buffer, length);
            }
            splitter.finish();
            splitter.finish();
        } catch (EntrySplitter.TooLongException e) {
            tooLong = true;
        }
        compare(lines ? lines(text) : chunks(text, entryBytes), entries, tooLong, entryBytesMax);
    }

    private static void compare(List<byte[]> expected, List<byte[]> entries, boolean tooLong, int entryBytesMax) {
        int whole = 0;
        while (whole < expected.size() && expected.get(whole).length <= entryBytesMax) {
            whole++;
        }
        Target.check(tooLong == (whole < expected.size()), "too long: " + tooLong);
        Target.check(entries.size() == whole, entries.size() + " entries instead of " + whole);
        for (int i = 0; i < whole; i++) {
            Target.check(Arrays.equals(entries.get(i), expected.get(i)), "entry " + i);
        }
    }

    private static List<byte[]> lines(byte[] text) {
        List<byte[]> lines = new ArrayList<>();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (byte character : text) {
            line.write(character);
            if (character == '\n') {
                lines.add(line.toByteArray());
                line.reset();
            }
        }
        if (line.size() > 0) {
            lines.add(line.toByteArray());
        }
        return lines;
    }

    private static List<byte[]> chunks(byte[] text, int bytes) {
        List<byte[]> chunks = new ArrayList<>();
        for (int at = 0; at < text.length; at += bytes) {
            chunks.add(Arrays.copyOfRange(text, at, Math.min(text.length, at + bytes)));
        }
        return chunks;
    }

    @Override
    public List<byte[]> seeds() {
        byte[] text = "first\nsecond line\n\nlast without end".getBytes(StandardCharsets.US_ASCII);
        List<byte[]> seeds = new ArrayList<>();
        for (int mode = 0; mode < 4; mode++) {
            byte[] seed = new byte[4 + text.length];
            seed[0] = (byte) mode;
            seed[1] = 6;
            seed[2] = 20;
            seed[3] = 3;
            System.arraycopy(text, 0, seed, 4, text.length);
            seeds.add(seed);
        }
        return seeds;
    }
}
