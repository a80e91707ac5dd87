package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
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
    /** What was durable before the last sync, for sectors whose last write was lost; null: nothing. */
    private SimImage before;
    /** Where the bytes are not what was written; a write there ends it. */
    private List<Spot> rotten = List.of();
    /** Where reads fail; a write there ends it, as a drive then takes another sector. */
    private List<Spot> bad = List.of();
    /** The next sync fails, as the one before should have. */
    private boolean lateError;

    SimInode() {
        this(new SimImage(), new SimImage(), new ArrayList<>());
    }

    SimInode(SimImage durable, SimImage cache, List<Piece> pending) {
        this.durable = durable;
        this.cache = cache;
        this.pending = pending;
    }

    /** The same file for the next process. */
    SimInode killed() {
        SimInode copy = new SimInode(durable.share(), cache.share(), new ArrayList<>(pending));
        copy.lateError = lateError;
        copy.marked(this);
        return copy;
    }

    /** The same file after a power loss that left this of it. */
    SimInode rebooted(SimImage image) {
        SimInode copy = new SimInode(image, image.share(), new ArrayList<>());
        copy.marked(this);
        if (!rotten.isEmpty()) {
            // What only the page cache had right is read from the disk now.
            copy.rotten = rotten.stream().map(Spot::met).toList();
        }
        return copy;
    }

    private void marked(SimInode other) {
        before = other.before == null ? null : other.before.share();
        rotten = other.rotten;
        bad = other.bad;
    }

    void write(long sequence, long position, byte[] bytes) {
        cache.write(position, bytes, 0, bytes.length);
        pending.add(new Piece(sequence, position, bytes));
        forget(position, position + bytes.length);
    }

    void truncate(long sequence, long bytes) {
        cache.truncate(bytes);
        pending.add(new Piece(sequence, bytes, null));
        forget(bytes, Long.MAX_VALUE);
    }

    /**
     * Makes the pages that were written to since the last sync durable. As in a kernel, whole pages: content that a
     * failed sync has dropped becomes durable after all if its page is written to again.
     */
    void sync() {
        if (!pending.isEmpty()) {
            before = durable.share();
        }
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

    /** Makes any part durable, takes the rest for clean, and keeps the error for the next sync. */
    void syncFailingLate(SplittableRandom random) {
        List<Piece> dropped = new ArrayList<>();
        for (Piece piece : pending) {
            if (piece.isTruncation() || random.nextBoolean()) {
                piece.applyTo(durable);
            } else {
                dropped.add(piece);
            }
        }
        pending.clear();
        if (dropped.isEmpty()) {
            return;
        }
        lateError = true;
        for (Piece piece : dropped) {
            long end = Math.min(piece.position + piece.bytes.length, cache.length());
            if (end > piece.position) {
                forget(piece.position, end);
                rotten = with(rotten, new Spot(piece.position, bytes(cache, piece.position, end), false));
            }
        }
    }

    boolean takeLateError() {
        boolean late = lateError;
        lateError = false;
        return late;
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

    /** Damages what is at rest around an offset; whether any byte there is another one now. */
    boolean rot(Rot kind, long offset, SimImage elsewhere, SplittableRandom random) {
        long from = offset - offset % kind.bytes;
        long end = Math.min(from + kind.bytes, Math.min(durable.length(), cache.length()));
        if (from >= end || !isAtRest(from, end)) {
            return false;
        }
        byte[] right = bytes(durable, from, end);
        byte[] wrong = new byte[right.length];
        switch (kind) {
            case BIT_FLIP -> wrong[0] = (byte) (right[0] ^ 1 << random.nextInt(Byte.SIZE));
            case ZEROED_SECTOR -> {
                // As it is.
            }
            case MISDIRECTED_WRITE -> {
                long blocks = (elsewhere.length() + kind.bytes - 1) / kind.bytes;
                read(elsewhere, random.nextLong(Math.max(1, blocks)) * kind.bytes, wrong);
            }
            case STALE_SECTOR -> {
                if (before != null) {
                    read(before, from, wrong);
                }
            }
        }
        if (Arrays.equals(right, wrong)) {
            return false;
        }
        durable.write(from, wrong, 0, wrong.length);
        cache.write(from, wrong, 0, wrong.length);
        rotten = with(rotten, new Spot(from, right, true));
        return true;
    }

    private boolean isAtRest(long from, long end) {
        for (Piece piece : pending) {
            if (piece.position < end && (piece.isTruncation() || piece.position + piece.bytes.length > from)) {
                return false;
            }
        }
        return !meets(rotten, from, end, false);
    }

    /** Lets reads of some bytes fail. */
    void spoil(long from, long end) {
        bad = with(bad, new Spot(from, new byte[(int) (end - from)], true));
    }

    boolean isBad(long position, int bytes) {
        return meets(bad, position, position + bytes, true);
    }

    /** Whether a reader would be given what is not right. */
    boolean isRotten(long position, int bytes) {
        return meets(rotten, position, position + bytes, true);
    }

    boolean isDamaged() {
        return !rotten.isEmpty() || !bad.isEmpty();
    }

    /** Puts everything right that was not written over. */
    void heal() {
        for (Spot spot : rotten) {
            durable.write(spot.from, spot.right, 0, spot.right.length);
            if (spot.read) {
                cache.write(spot.from, spot.right, 0, spot.right.length);
            }
        }
        rotten = List.of();
        bad = List.of();
        lateError = false;
    }

    /** What could not be read can be. */
    void healReads() {
        bad = List.of();
    }

    private void forget(long from, long end) {
        if (isDamaged()) {
            rotten = without(rotten, from, end);
            bad = without(bad, from, end);
        }
    }

    private static boolean meets(List<Spot> spots, long from, long end, boolean readOnly) {
        for (Spot spot : spots) {
            if (spot.from < end && spot.end() > from && (spot.read || !readOnly)) {
                return true;
            }
        }
        return false;
    }

    /** Lists are shared by the disks before and after a crash, so they are replaced, not changed. */
    private static List<Spot> with(List<Spot> spots, Spot spot) {
        List<Spot> more = new ArrayList<>(spots);
        more.add(spot);
        return more;
    }

    private static List<Spot> without(List<Spot> spots, long from, long end) {
        List<Spot> left = new ArrayList<>();
        for (Spot spot : spots) {
            if (spot.from < from) {
                left.add(spot.part(spot.from, Math.min(from, spot.end())));
            }
            if (spot.end() > end) {
                left.add(spot.part(Math.max(end, spot.from), spot.end()));
            }
        }
        return left;
    }

    private static byte[] bytes(SimImage image, long from, long end) {
        byte[] bytes = new byte[(int) (end - from)];
        read(image, from, bytes);
        return bytes;
    }

    private static void read(SimImage image, long from, byte[] target) {
        if (from < image.length()) {
            image.read(ByteBuffer.wrap(target), from, target.length);
        }
    }

    /**
     * Where something is wrong.
     *
     * @param right what belongs there
     * @param read whether readers meet it; else only a power loss brings it to light
     */
    private record Spot(long from, byte[] right, boolean read) {
        long end() {
            return from + right.length;
        }

        Spot met() {
            return new Spot(from, right, true);
        }

        Spot part(long partFrom, long partEnd) {
            return new Spot(partFrom, Arrays.copyOfRange(right, (int) (partFrom - from), (int) (partEnd - from)), read);
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
