package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EntrySplitterTest {

    @Test
    void linesKeepTheirTerminators() throws Exception {
        assertThat(split(EntrySplitter.lines(), 100, "a\n\r\nbc\r\n\n\nlast", 1))
                .containsExactly("a\n", "\r\n", "bc\r\n", "\n", "\n", "last");
    }

    @Test
    void chunksAreOfOneSizeButTheLast() throws Exception {
        assertThat(split(EntrySplitter.chunks(4), 4, "aaaabbbbcc", 3)).containsExactly("aaaa", "bbbb", "cc");
        assertThat(split(EntrySplitter.chunks(4), 4, "aaaabbbb", 8)).containsExactly("aaaa", "bbbb");
    }

    @Test
    void nothingGivesNothing() throws Exception {
        assertThat(split(EntrySplitter.lines(), 100, "", 1)).isEmpty();
    }

    @Test
    void aLineOfTheLimitPassesAndOneByteMoreDoesNot() throws Exception {
        for (int block : new int[] {1, 7, 8, 9, 100}) {
            assertThat(split(EntrySplitter.lines(), 8, "1234567\n12345678", block))
                    .containsExactly("1234567\n", "12345678");
            List<String> before = new ArrayList<>();
            assertThatThrownBy(() -> split(EntrySplitter.lines(), 8, "ab\n12345678\ncd\n", block, before))
                    .isInstanceOf(EntrySplitter.TooLongException.class);
            assertThat(before).containsExactly("ab\n");
        }
    }

    @Test
    void whateverTheBlocksAreTheEntriesAreTheSame() throws Exception {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("EntrySplitterTest seed " + seed + " (-Ddaybook.seed)");
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            byte[] bytes = new byte[random.nextInt(5000)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (random.nextInt(20) == 0 ? '\n' : random.nextInt(256));
            }
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            int size = 1 + random.nextInt(200);
            List<String> lines = split(EntrySplitter.lines(), 10_000, text, 1 + random.nextInt(300));
            assertThat(String.join("", lines)).isEqualTo(text);
            assertThat(lines).allMatch(line -> line.indexOf('\n') < 0 || line.indexOf('\n') == line.length() - 1);
            assertThat(lines.stream().filter(line -> !line.endsWith("\n")).count())
                    .isLessThanOrEqualTo(1);
            List<String> chunks = split(EntrySplitter.chunks(size), size, text, 1 + random.nextInt(300));
            assertThat(String.join("", chunks)).isEqualTo(text);
            assertThat(chunks.stream().limit(Math.max(0, chunks.size() - 1))).allMatch(chunk -> chunk.length() == size);
        }
    }

    private static List<String> split(EntrySplitter.Rule rule, int limit, String text, int blockBytes)
            throws Exception {
        List<String> entries = new ArrayList<>();
        split(rule, limit, text, blockBytes, entries);
        return entries;
    }

    private static void split(EntrySplitter.Rule rule, int limit, String text, int blockBytes, List<String> entries)
            throws Exception {
        EntrySplitter splitter = new EntrySplitter(
                rule,
                limit,
                entry -> entries.add(new String(ByteBufUtil.getBytes(entry), StandardCharsets.ISO_8859_1)));
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        for (int from = 0; from < bytes.length; from += blockBytes) {
            byte[] block = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + blockBytes));
            splitter.block(block, Unpooled.wrappedBuffer(block), block.length);
        }
        splitter.finish();
    }
}
