package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever reads ahead reads what is there, and nobody is left behind. */
@Timeout(60)
class ReadAheadTest {
    private static final int BYTES = 9 * (1 << 20) + 12_345;

    private final SimStorage disk = SimStorage.create(1);
    private final byte[] content = new byte[BYTES];

    private ReadAhead open(long end) throws IOException {
        new SplittableRandom(1).nextBytes(content);
        disk.put("file", content);
        return new ReadAhead(disk.open("file", Storage.Access.READ), 0, end, ReadAhead.buffers());
    }

    private void expect(ReadAhead file, long from, int bytes) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(bytes);
        int read = file.readFully(target, from);
        int there = (int) Math.max(0, Math.min(bytes, BYTES - from));
        assertThat(read).isEqualTo(there);
        assertThat(Arrays.equals(target.array(), 0, there, content, (int) from, (int) from + there))
                .isTrue();
    }

    private static List<Thread> readers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("daybook-read-ahead"))
                .toList();
    }

    @Test
    void readsInAnyStepsForwardsAndNowAndThenBack() throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        for (int round = 0; round < 20; round++) {
            try (ReadAhead file = open(round % 2 == 0 ? BYTES : BYTES / 2)) {
                assertThat(file.size()).isEqualTo(BYTES);
                long at = 0;
                while (at < BYTES) {
                    int bytes = 1 + random.nextInt(1 << random.nextInt(22));
                    expect(file, at, bytes);
                    if (random.nextInt(8) == 0) {
                        expect(file, random.nextLong(at + 1), 100);
                    }
                    at += bytes + (random.nextInt(4) == 0 ? random.nextInt(3 << 20) : 0);
                }
                expect(file, BYTES, 1);
            }
        }
        assertThat(readers()).isEmpty();
        assertThat(disk.openFiles()).isEmpty();
    }

    @Test
    void maybeClosedWhileItReads() throws IOException {
        for (int round = 0; round < 50; round++) {
            try (ReadAhead file = open(BYTES)) {
                if (round % 2 == 0) {
                    expect(file, 0, 10);
                }
            }
        }
        assertThat(readers()).isEmpty();
    }

    @Test
    void aFailedReadIsThrownWhereItIsReached() throws IOException {
        try (ReadAhead file = open(BYTES)) {
            // Four buffers are read ahead, the fifth read comes when the first was given back.
            disk.failAt(disk.operations() + 6, StorageFault.EIO_READ, true);
            assertThatThrownBy(() -> {
                        for (long at = 0; at < BYTES; at += 100_000) {
                            expect(file, at, 100_000);
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Input/output error");
        }
        assertThat(readers()).isEmpty();
    }

    @Test
    void anInterruptEndsNothing() throws IOException {
        try (ReadAhead file = open(BYTES)) {
            Thread.currentThread().interrupt();
            expect(file, 0, BYTES);
        }
        assertThat(Thread.interrupted()).isTrue();
        assertThat(readers()).isEmpty();
    }

    @Test
    void aReplayAheadHandsOutTheSame() throws IOException {
        JournalRig rig = JournalRig.open(
                disk,
                1,
                JournalRig.options()
                        .segmentBlocks(1100)
                        .frameBytesMax(700 * JournalRig.BLOCK)
                        .inFlightBytesMax(8 << 20));
        for (int i = 0; i < 24; i++) {
            rig.append(100 + i);
            rig.append((1 << 20) - 50_000 * (i % 7));
            rig.append(3000);
            rig.commit();
        }
        rig.close();
        for (boolean ahead : new boolean[] {false, true}) {
            JournalRig again = new JournalRig(disk, 2, JournalRig.options().build());
            JournalOpening opening = JournalOpening.recover(disk, again.directory, again.random);
            long[] seen = new long[3];
            opening.replay(
                    0,
                    record -> {
                        if (record.type() == RecordType.ENTRY) {
                            JournalRig.Rec issued = rig.issued.get((int) seen[0]++);
                            assertThat(record.lsn()).isEqualTo(issued.lsn());
                            assertThat(record.payload())
                                    .isEqualTo(issued.payload().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
                        }
                    },
                    (done, total) -> {
                        seen[1] = done;
                        seen[2] = total;
                    },
                    ahead);
            opening.close();
            assertThat(seen[0]).isEqualTo(72);
            assertThat(seen[2]).as("enough to be read ahead").isGreaterThan(16 << 20);
            assertThat(seen[1]).isEqualTo(seen[2]);
        }
        assertThat(readers()).isEmpty();
    }
}
