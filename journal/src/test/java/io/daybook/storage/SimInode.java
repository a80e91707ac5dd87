package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A file of a simulated disk, apart from its names. <b>Guarded by its disk.</b> */
final class SimInode extends SimNode {
    /** What a power loss keeps in any case. */
    SimImage durable;
    /** What is read: the page cache. */
    SimImage cache;
    /** What was done since the last sync, in order. */
    final List<Piece> pending;

    SimInode() {
        this(new SimImage(), new SimImage(), new ArrayList<>());
    }

    SimInode(SimImage durable, SimImage cache, List<Piece> pending) {
        this.durable = durable;
        this.cache = cache;
        this.pending = pending;
    }

    void write(long sequence, long position, byte[] bytes) {
        cache.write(position, bytes, 0, bytes.length);
        pending.add(new Piece(sequence, position, bytes));
    }

    void truncate(long sequence, long bytes) {
        cache.truncate(bytes);
        pending.add(new Piece(sequence, bytes, null));
    }

    /**
     * Makes the pages that were written to since the last sync durable. As in a kernel, whole pages: content that a
     * failed sync has dropped becomes durable after all if its page is written to again.
     */
    void sync() {
        for (Piece piece : pending) {
            if (piece.isTruncation()) {
                durable.truncate(piece.position);
            }
        }
        for (Piece piece : pending) {
            if (!piece.isTruncation()) {
                int last = SimImage.pageOf(piece.position + piece.bytes.length - 1);
                for (int page = SimImage.pageOf(piece.position); page <= last; page++) {
                    durable.adopt(cache, page);
                }
            }
        }
        durable.truncate(cache.length());
        pending.clear();
    }

    /** Makes any part durable and takes the rest for clean. */
    void failSync(SplittableRandom random, boolean revert) {
        for (Piece piece : pending) {
            if (random.nextBoolean()) {
                piece.applyTo(durable);
            }
        }
        pending.clear();
        if (revert) {
            cache = durable.share();
        }
    }

    /** Flips bits wherever the byte is. */
    void corrupt(String path, long offset, int mask) throws IOException {
        if (offset < 0 || offset >= cache.length()) {
            throw new IOException(path + " has " + cache.length() + " bytes, none at " + offset);
        }
        for (SimImage image : List.of(durable, cache)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            if (offset < image.length()) {
                image.read(one, offset, 1);
                image.write(offset, new byte[] {(byte) (one.get(0) ^ mask)}, 0, 1);
            }
        }
    }

    /** One write, or one truncation to {@code position} (without bytes). Immutable by agreement. */
    record Piece(long sequence, long position, byte[] bytes) {
        boolean isTruncation() {
            return bytes == null;
        }

        void applyTo(SimImage image) {
            if (isTruncation()) {
                image.truncate(position);
            } else {
                image.write(position, bytes, 0, bytes.length);
            }
        }
    }
}
