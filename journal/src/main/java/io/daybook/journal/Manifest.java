package io.daybook.journal;

import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The file format of the manifest: a header, then records, each with its own checksum and a sequence number; two copies with
 * the same records. See {@code docs/format.md}, "Manifest".
 *
 * <pre>
 * header:  0 magic 8 "DAYBKMAN" · 8 version 4 · 12 reserved 4 · 16 store id 16 · 32 crc32c 4 over bytes 0 to 31
 * record:  0 crc32c 4 over all that follows · 4 payload bytes 4 · 8 sequence 8 · 16 type 1 · 17 payload
 * </pre>
 */
final class Manifest {
    static final String[] NAMES = {"manifest-1", "manifest-2"};
    static final long MAGIC = 0x4E414D4B42594144L; // "DAYBKMAN"
    static final int VERSION = 1;
    static final int HEADER_BYTES = 36;
    static final int RECORD_HEADER_BYTES = 17;
    static final int RECORD_PAYLOAD_MAX = 1 << 16;
    private static final long FILE_BYTES_MAX = 1L << 30;

    static final byte STORE = 1;
    static final byte INCARNATION = 2;
    static final byte SEGMENT = 3;
    static final byte NEXT_SEGMENT = 4;
    static final byte LAST_LSN = 5;
    /** Closes a snapshot: without it the file is not complete. */
    static final byte SNAPSHOT_END = 6;

    private Manifest() {}

    /** One record. */
    record Entry(long sequence, byte type, byte[] payload) {
        ByteBuffer buffer() {
            return ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    /**
     * What a copy holds.
     *
     * @param entries the valid prefix
     * @param end where the prefix ends
     * @param fault why it ends before the end of the file, null if it does not
     * @param damagedInside whether a valid record stands behind the fault: then it is damage, not a torn append
     */
    record Copy(StoreId store, List<Entry> entries, long end, String fault, boolean damagedInside) {
        long sequence() {
            return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).sequence();
        }
    }

    static ByteBuffer header(StoreId store) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(0, MAGIC)
                .putInt(8, VERSION)
                .putInt(12, 0)
                .putLong(16, store.high())
                .putLong(24, store.low());
        header.putInt(32, Checksums.of(header, 0, 32));
        return header;
    }

    static void encode(ByteBuffer out, Entry entry) {
        int at = out.position();
        out.putInt(at + 4, entry.payload().length);
        out.putLong(at + 8, entry.sequence());
        out.put(at + 16, entry.type());
        out.position(at + RECORD_HEADER_BYTES);
        out.put(entry.payload());
        out.putInt(at, Checksums.of(out, at + 4, out.position()));
    }

    /** Null if the file is not there. */
    static Copy read(Storage root, String name) throws IOException {
        if (!root.exists(name)) {
            return null;
        }
        ByteBuffer bytes;
        try (StorageFile file = root.open(name, Storage.Access.READ)) {
            long size = file.size();
            if (size > FILE_BYTES_MAX) {
                return new Copy(null, List.of(), 0, "manifest of " + size + " bytes", false);
            }
            bytes = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
            file.readFully(bytes, 0);
            bytes.flip();
        }
        return parse(bytes, root.description() + "/" + name);
    }

    /**
     * As above, but for a copy that the device cannot read there is the other one.
     *
     * @param unreadable told why it cannot be read: it then holds nothing, and says so
     */
    static Copy read(Storage root, String name, Consumer<IOException> unreadable) throws JournalException {
        try {
            return read(root, name);
        } catch (JournalException e) {
            throw e;
        } catch (IOException e) {
            unreadable.accept(e);
            return new Copy(null, List.of(), 0, "cannot be read: " + e.getMessage(), false);
        }
    }

    static Copy parse(ByteBuffer bytes, String file) throws JournalException {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.limit() < HEADER_BYTES
                || bytes.getLong(0) != MAGIC
                || bytes.getInt(32) != Checksums.of(bytes, 0, 32)) {
            return new Copy(null, List.of(), 0, "no manifest header", bytes.limit() > HEADER_BYTES);
        }
        if (bytes.getInt(8) != VERSION) {
            throw JournalException.unsupported(
                    file + " has format version " + bytes.getInt(8) + ", this release knows " + VERSION);
        }
        StoreId store = new StoreId(bytes.getLong(16), bytes.getLong(24));
        List<Entry> entries = new ArrayList<>();
        int at = HEADER_BYTES;
        while (at < bytes.limit()) {
            Entry entry = entryAt(bytes, at);
            if (entry == null
                    || (!entries.isEmpty()
                            && entry.sequence()
                                    != entries.get(entries.size() - 1).sequence() + 1)) {
                return new Copy(store, entries, at, "bad manifest record at " + at, anyEntryBehind(bytes, at + 1));
            }
            entries.add(entry);
            at += RECORD_HEADER_BYTES + entry.payload().length;
        }
        return new Copy(store, entries, at, null, false);
    }

    private static boolean anyEntryBehind(ByteBuffer bytes, int from) {
        for (int at = from; at + RECORD_HEADER_BYTES <= bytes.limit(); at++) {
            if (entryAt(bytes, at) != null) {
                return true;
            }
        }
        return false;
    }

    private static Entry entryAt(ByteBuffer bytes, int at) {
        if (bytes.limit() - at < RECORD_HEADER_BYTES) {
            return null;
        }
        int length = bytes.getInt(at + 4);
        if (length < 0 || length > RECORD_PAYLOAD_MAX || length > bytes.limit() - at - RECORD_HEADER_BYTES) {
            return null;
        }
        int end = at + RECORD_HEADER_BYTES + length;
        if (bytes.getInt(at) != Checksums.of(bytes, at + 4, end)) {
            return null;
        }
        byte[] payload = new byte[length];
        bytes.get(at + RECORD_HEADER_BYTES, payload);
        return new Entry(bytes.getLong(at + 8), bytes.get(at + 16), payload);
    }
}
