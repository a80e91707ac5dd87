package io.daybook.journal;

import io.daybook.storage.SimStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Puts right the checksums of all files of a store, each with what the file itself says of its nonce. */
public final class StoreBytes {
    private static final int IDENTITY_BYTES = 40;

    private StoreBytes() {}

    /** Changes the files of a store. */
    public static void repair(SimStorage disk, String journal) throws IOException {
        for (String file : disk.files()) {
            String name = file.substring(file.lastIndexOf('/') + 1);
            byte[] bytes = disk.content(file);
            ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            if (name.startsWith("manifest-")) {
                manifest(out);
            } else if (name.equals("STORE") && bytes.length >= IDENTITY_BYTES) {
                out.putInt(36, Checksums.of(out, 0, 36));
            } else if (file.startsWith(journal) || file.startsWith("/" + journal)) {
                segment(out);
            }
            disk.put(file, bytes);
        }
    }

    private static void manifest(ByteBuffer out) {
        if (out.limit() < Manifest.HEADER_BYTES) {
            return;
        }
        out.putInt(32, Checksums.of(out, 0, 32));
        int at = Manifest.HEADER_BYTES;
        while (at + Manifest.RECORD_HEADER_BYTES <= out.limit()) {
            int length = out.getInt(at + 4);
            if (length < 0 || length > out.limit() - at - Manifest.RECORD_HEADER_BYTES) {
                return;
            }
            out.putInt(at, Checksums.of(out, at + 4, at + Manifest.RECORD_HEADER_BYTES + length));
            at += Manifest.RECORD_HEADER_BYTES + length;
        }
    }

    /** The contents, where their length is possible, and the rows before them. */
    private static void footer(ByteBuffer out, int at, long nonce, RecordChecksum checksum) {
        int end = out.limit();
        int contents = out.getInt(at + 12);
        int contentsAt = end - contents;
        if (contents >= SegmentContents.HEADER_BYTES && contentsAt >= at + SegmentFooter.HEADER_BYTES) {
            ByteBuffer covered = out.duplicate().position(contentsAt + SegmentContents.COVERED_OFFSET);
            out.putInt(contentsAt + SegmentContents.CRC_OFFSET, checksum.bytes(nonce, contentsAt, covered));
            end = contentsAt;
        }
        ByteBuffer covered = out.duplicate().limit(end).position(at + 8);
        out.putInt(at + 4, checksum.bytes(nonce, at, covered));
    }

    private static void segment(ByteBuffer out) {
        if (out.limit() < SegmentFormat.HEADER_BYTES) {
            return;
        }
        out.putInt(SegmentFormat.CRC_OFFSET, Checksums.of(out, 0, SegmentFormat.CRC_OFFSET));
        long nonce = out.getLong(SegmentFormat.NONCE_OFFSET);
        RecordChecksum checksum = new RecordChecksum();
        for (int at = 4096; at + FrameFormat.HEADER_BYTES <= out.limit(); at += 4096) {
            if (out.getInt(at) == FrameFormat.MAGIC) {
                ByteBuffer covered = out.duplicate().limit(at + FrameFormat.HEADER_BYTES);
                covered.position(at + FrameFormat.BYTES_OFFSET);
                out.putInt(at + FrameFormat.CRC_OFFSET, checksum.bytes(nonce, at, covered));
                FrameBytes.repairRecords(out, at, nonce, checksum);
            } else if (out.getInt(at) == SegmentFooter.MAGIC) {
                footer(out, at, nonce, checksum);
            }
        }
    }
}
