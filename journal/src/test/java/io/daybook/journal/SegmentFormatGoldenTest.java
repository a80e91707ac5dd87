package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.storage.SimStorage;
import io.daybook.testing.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The bytes of version 1 as they were when it was published: what is written today is the same, and what was written then is
 * read. They change only with the version; {@code -Ddaybook.golden=write} writes them anew.
 */
class SegmentFormatGoldenTest {
    private final SimStorage disk = SimStorage.create(1);

    private JournalRig written() throws IOException {
        JournalRig rig =
                new JournalRig(disk, Golden.counter(), JournalRig.options().build()).open();
        rig.append(7, 0, "first entry".getBytes(StandardCharsets.US_ASCII));
        rig.append(7, 1, "second".getBytes(StandardCharsets.US_ASCII));
        rig.commit();
        Ticket ticket = new Ticket();
        rig.reserve(ticket, RecordFormat.bytes(4) + 7 * RecordFormat.HEADER_BYTES, 8);
        ticket.fill(RecordType.METADATA, 8, 0, new byte[] {1, 2, 3, 4}, true);
        ticket.fill(RecordType.FENCE, 7, 0, new byte[0], true);
        ticket.fill(RecordType.LAST_ADD_CONFIRMED, 7, 1, new byte[0], true);
        ticket.fill(RecordType.TRUNCATE, 7, 0, new byte[0], true);
        ticket.fill(RecordType.TRUNCATE, 8, -1, new byte[0], true);
        ticket.fill(RecordType.TRIM, 7, 1, new byte[0], true);
        ticket.fill(RecordType.DELETE, 7, 0, new byte[0], true);
        ticket.fill(RecordType.ENTRY, 8, 5, new byte[0], false);
        ticket.done();
        Ticket abandoned = new Ticket();
        rig.reserve(abandoned, RecordFormat.HEADER_BYTES, 1);
        abandoned.abandon();
        rig.commit();
        rig.close();
        return rig;
    }

    @Test
    void whatIsWrittenIsTheGoldenBytes() throws IOException {
        written();
        Golden.assertSame("segment-v1.journal", disk.content(JournalRig.segmentFile(1)));
        Golden.assertSame("manifest-v1", disk.content("manifest-1"));
        Golden.assertSame("manifest-v1", disk.content("manifest-2"));
    }

    @Test
    void theGoldenBytesAreRead() throws IOException {
        SimStorage old = SimStorage.create(2);
        old.directory(JournalRig.DIRECTORY, true);
        old.put("manifest-1", Golden.bytes("manifest-v1"));
        old.put("manifest-2", Golden.bytes("manifest-v1"));
        old.put(JournalRig.segmentFile(1), Golden.bytes("segment-v1.journal"));
        List<JournalRig.Rec> records = JournalRig.recovered(old);
        long lsn = 1L << 32;
        assertThat(records)
                .containsExactly(
                        new JournalRig.Rec(lsn, RecordType.ENTRY, 7, 0, "first entry"),
                        new JournalRig.Rec(lsn + 1, RecordType.ENTRY, 7, 1, "second"),
                        new JournalRig.Rec(lsn + 2, RecordType.METADATA, 8, 0, "\1\2\3\4"),
                        new JournalRig.Rec(lsn + 3, RecordType.FENCE, 7, 0, ""),
                        new JournalRig.Rec(lsn + 4, RecordType.LAST_ADD_CONFIRMED, 7, 1, ""),
                        new JournalRig.Rec(lsn + 5, RecordType.TRUNCATE, 7, 0, ""),
                        new JournalRig.Rec(lsn + 6, RecordType.TRUNCATE, 8, -1, ""),
                        new JournalRig.Rec(lsn + 7, RecordType.TRIM, 7, 1, ""),
                        new JournalRig.Rec(lsn + 8, RecordType.DELETE, 7, 0, ""),
                        new JournalRig.Rec(lsn + 9, RecordType.ENTRY, 8, 5, ""));
        SegmentCatalog catalog = SegmentCatalog.load(old, true);
        SegmentEntry entry = catalog.segment(1);
        assertThat(catalog.lastLsn()).isEqualTo(lsn + 11);
        byte[] file = Golden.bytes("segment-v1.journal");
        ByteBuffer footer = ByteBuffer.wrap(file, (int) entry.validEnd(), SegmentFooter.bytes(1))
                .slice();
        assertThat(SegmentFooter.decode(footer, entry.nonce(), entry.validEnd()))
                .isEqualTo(new SegmentFooter(
                        List.of(new SegmentFooter.Row(7, 1, 0, 1, 2, 3, true, false)),
                        (int) entry.footerBytes() - SegmentFooter.bytes(1)));
        int contentsAt = (int) entry.validEnd() + SegmentFooter.bytes(1);
        ByteBuffer contents =
                ByteBuffer.wrap(file, contentsAt, file.length - contentsAt).slice();
        assertThat(SegmentContents.check(contents, entry.nonce(), contentsAt)).isNotNull();
    }

    @Test
    void theDocumentShowsTheGoldenBytes() throws IOException {
        String document = Files.readString(Path.of("..", "docs", "format.md"));
        Matcher line = Pattern.compile("(?m)^([0-9a-f]{8})  ((?:[0-9a-f]{2} )*[0-9a-f]{2})(?:  .*)?$")
                .matcher(document);
        byte[] file = Golden.bytes("segment-v1.journal");
        int bytes = 0;
        while (line.find()) {
            byte[] shown = HexFormat.of().parseHex(line.group(2).replace(" ", ""));
            int at = Integer.parseInt(line.group(1), 16);
            assertThat(HexFormat.of().formatHex(file, at, at + shown.length))
                    .as(line.group())
                    .isEqualTo(HexFormat.of().formatHex(shown));
            bytes += shown.length;
        }
        assertThat(bytes).as("a frame header and two records").isGreaterThanOrEqualTo(64 + 35 + 30);
    }
}
