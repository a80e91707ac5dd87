package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** A record's checksum speaks for its place, its header and its payload, to the last bit. */
class RecordChecksumTest {
    private static final long NONCE = 0x0123456789ABCDEFL;
    private static final long OFFSET = 4096 + 64;
    private static final int WORD = RecordFormat.word(RecordType.ENTRY, 21, false);

    private final RecordChecksum checksum = new RecordChecksum();

    private int of(long nonce, long offset, int word, long ledgerId, long entryId, byte[] payload) {
        return checksum.record(nonce, offset, word, ledgerId, entryId, ByteBuffer.wrap(payload));
    }

    @Test
    void everyBitOfPlaceHeaderAndPayloadCounts() {
        byte[] payload = JournalRig.payload(1, 21);
        Set<Integer> seen = new HashSet<>();
        assertThat(seen.add(of(NONCE, OFFSET, WORD, 7, 9, payload))).isTrue();
        for (int bit = 0; bit < 64; bit++) {
            long flip = 1L << bit;
            assertThat(seen.add(of(NONCE ^ flip, OFFSET, WORD, 7, 9, payload))).isTrue();
            assertThat(seen.add(of(NONCE, OFFSET ^ flip, WORD, 7, 9, payload))).isTrue();
            assertThat(seen.add(of(NONCE, OFFSET, WORD, 7 ^ flip, 9, payload))).isTrue();
            assertThat(seen.add(of(NONCE, OFFSET, WORD, 7, 9 ^ flip, payload))).isTrue();
        }
        for (int bit = 0; bit < 32; bit++) {
            assertThat(seen.add(of(NONCE, OFFSET, WORD ^ 1 << bit, 7, 9, payload)))
                    .isTrue();
        }
        for (int bit = 0; bit < payload.length * 8; bit++) {
            payload[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(seen.add(of(NONCE, OFFSET, WORD, 7, 9, payload))).isTrue();
            payload[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void isTheCrcOfTheBytesAsTheDocumentSays() {
        byte[] payload = JournalRig.payload(1, 21);
        ByteBuffer bytes = ByteBuffer.allocate(16 + 20 + 21).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(NONCE).putLong(OFFSET).putInt(WORD).putLong(7).putLong(9).put(payload);
        CRC32C crc = new CRC32C();
        crc.update(bytes.flip());
        assertThat(of(NONCE, OFFSET, WORD, 7, 9, payload)).isEqualTo((int) crc.getValue());
        bytes.rewind().position(16);
        assertThat(checksum.bytes(NONCE, OFFSET, bytes)).isEqualTo((int) crc.getValue());
    }

    @Test
    void directAndHeapPayloadsGiveTheSame() {
        byte[] payload = JournalRig.payload(5, 3000);
        ByteBuffer direct = ByteBuffer.allocateDirect(3000).put(payload).flip();
        assertThat(checksum.record(NONCE, OFFSET, WORD, 7, 9, direct))
                .isEqualTo(of(NONCE, OFFSET, WORD, 7, 9, payload));
        assertThat(direct.hasRemaining()).isFalse();
    }
}
