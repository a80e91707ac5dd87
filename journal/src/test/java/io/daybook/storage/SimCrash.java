package io.daybook.storage;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Computes the disk after a crash from the one before, which stays as it is. Pages are shared between both. All choices
 * come from the random numbers given, in the order of paths. <b>Confined to one call.</b>
 */
final class SimCrash {
    private static final Power[] LOSSES = {Power.NOTHING, Power.ALL, Power.PREFIX, Power.SHUFFLED, Power.TORN};

    private final SimDirectory before;
    private final SplittableRandom random;
    private final Power power;
    /** Share of un-synced things that survive; drawn per crash, so that rare combinations are not that rare. */
    private final double kept;
    /** The last thing that survives with {@link Power#PREFIX}. */
    private final long cut;

    private final int sectorBytes;
    private final Map<SimNode, SimNode> copies = new IdentityHashMap<>();
    /** Files with content that may show up where it does not belong. */
    private List<SimInode> staleSources;

    private final FaultCounts counts;
    private boolean lost;
    private boolean survived;
    private boolean torn;
    private boolean exposed;
    private boolean nameLost;
    /** Of the file that was shuffled last. */
    private int blocks;

    SimCrash(SimDirectory before, Power power, SplittableRandom random, FaultCounts counts) {
        this.counts = counts;
        this.before = before;
        this.random = random;
        this.power = power == Power.ANY ? LOSSES[random.nextInt(LOSSES.length)] : power;
        this.kept = new double[] {0.1, 0.5, 0.9}[random.nextInt(3)];
        this.sectorBytes = random.nextBoolean() ? 512 : 4096;
        this.cut = this.power == Power.PREFIX ? drawCut() : 0;
    }

    Power power() {
        return power;
    }

    SimDirectory after() {
        SimDirectory after = power == Power.KILL ? killed(before) : rebooted(before);
        count(power == Power.KILL, FaultId.F11);
        count(lost, FaultId.F1);
        count(lost && survived && (power == Power.SHUFFLED || power == Power.TORN), FaultId.F2);
        count(torn, FaultId.F3);
        count(exposed, FaultId.F4);
        count(nameLost, FaultId.F5);
        return after;
    }

    private void count(boolean happened, FaultId id) {
        if (happened) {
            counts.add(id);
        }
    }

    /** A copy with all states kept apart, by identity, as a node may have an old and a new name. */
    private SimDirectory killed(SimDirectory directory) {
        SimDirectory copy = new SimDirectory();
        copies.put(directory, copy);
        directory.durable.forEach((name, node) -> copy.durable.put(name, killed(node)));
        directory.cache.forEach((name, node) -> copy.cache.put(name, killed(node)));
        for (SimDirectory.Change change : directory.pending) {
            copy.pending.add(
                    new SimDirectory.Change(change.sequence(), change.from(), change.to(), killed(change.node())));
        }
        return copy;
    }

    private SimNode killed(SimNode node) {
        SimNode known = copies.get(node);
        if (known != null) {
            return known;
        }
        if (node instanceof SimDirectory directory) {
            return killed(directory);
        }
        SimInode file = (SimInode) node;
        SimNode copy = file.killed();
        copies.put(file, copy);
        return copy;
    }

    private SimDirectory rebooted(SimDirectory directory) {
        SimDirectory copy = new SimDirectory();
        Map<String, SimNode> names = directory.survivors(change -> survives(change.sequence()));
        nameLost |= !names.equals(directory.cache);
        names.forEach((name, node) -> copy.cache.put(name, rebooted(node)));
        copy.sync();
        return copy;
    }

    private SimNode rebooted(SimNode node) {
        SimNode known = copies.get(node);
        if (known == null) {
            known = node instanceof SimDirectory directory ? rebooted(directory) : rebooted((SimInode) node);
            copies.put(node, known);
        }
        return known;
    }

    private SimInode rebooted(SimInode file) {
        SimImage image = file.durable.share();
        if (power == Power.SHUFFLED) {
            List<SimInode.Piece> blocks = shuffled(file.pending);
            lost |= blocks.size() < this.blocks;
            survived |= !blocks.isEmpty();
            blocks.forEach(piece -> piece.applyTo(image));
        } else {
            for (SimInode.Piece piece : file.pending) {
                if (power == Power.TORN && !piece.isTruncation() && random.nextInt(3) == 0) {
                    tear(piece, image);
                } else if (survives(piece.sequence())) {
                    survived = true;
                    piece.applyTo(image);
                } else {
                    lost = true;
                }
            }
        }
        boolean loose = power == Power.SHUFFLED || power == Power.TORN;
        if (loose && !file.pending.isEmpty() && random.nextInt(4) == 0) {
            exposeTail(file, image);
        }
        return file.rebooted(image);
    }

    private boolean survives(long sequence) {
        return switch (power) {
            case ALL -> true;
            case PREFIX -> sequence <= cut;
            case SHUFFLED, TORN -> random.nextDouble() < kept;
            default -> false;
        };
    }

    private List<SimInode.Piece> shuffled(List<SimInode.Piece> pending) {
        List<SimInode.Piece> some = new ArrayList<>();
        blocks = 0;
        for (SimInode.Piece piece : pending) {
            for (SimInode.Piece block : piece.isTruncation() ? List.of(piece) : split(piece, SimImage.PAGE_BYTES)) {
                blocks++;
                if (survives(block.sequence())) {
                    some.add(some.isEmpty() ? 0 : random.nextInt(some.size() + 1), block);
                }
            }
        }
        return some;
    }

    private static List<SimInode.Piece> split(SimInode.Piece piece, int unit) {
        List<SimInode.Piece> parts = new ArrayList<>();
        int at = 0;
        while (at < piece.bytes().length) {
            long position = piece.position() + at;
            int count = (int) Math.min(piece.bytes().length - at, unit - position % unit);
            parts.add(
                    new SimInode.Piece(piece.sequence(), position, Arrays.copyOfRange(piece.bytes(), at, at + count)));
            at += count;
        }
        return parts;
    }

    /** Some of the sectors, and perhaps one that was under the head when the power went. */
    private void tear(SimInode.Piece piece, SimImage image) {
        List<SimInode.Piece> sectors = split(piece, sectorBytes);
        boolean prefix = random.nextBoolean();
        int end = random.nextInt(sectors.size() + 1);
        int hit = random.nextBoolean() ? -1 : prefix ? end : random.nextInt(sectors.size());
        for (int i = 0; i < sectors.size(); i++) {
            SimInode.Piece sector = sectors.get(i);
            if (i == hit) {
                torn = true;
                hit(sector, image);
            } else if (prefix ? i < end : random.nextDouble() < kept) {
                survived = true;
                sector.applyTo(image);
            } else {
                torn |= sectors.size() > 1;
                lost = true;
            }
        }
    }

    /** Half new, or junk over the whole sector: also over bytes in it that were durable for long. */
    private void hit(SimInode.Piece sector, SimImage image) {
        if (random.nextBoolean()) {
            image.write(sector.position(), sector.bytes(), 0, random.nextInt(sector.bytes().length + 1));
            return;
        }
        long start = sector.position() - sector.position() % sectorBytes;
        long end = Math.min(start + sectorBytes, Math.max(image.length(), sector.position() + sector.bytes().length));
        byte[] junk = new byte[(int) (end - start)];
        fill(junk);
        image.write(start, junk, 0, junk.length);
    }

    private void fill(byte[] junk) {
        for (int i = 0; i < junk.length; i += Long.BYTES) {
            long bits = random.nextLong();
            for (int j = i; j < Math.min(junk.length, i + Long.BYTES); j++, bits >>>= Byte.SIZE) {
                junk[j] = (byte) bits;
            }
        }
    }

    /** The length became durable, the data did not: zeros, or what the blocks held in another life. */
    private void exposeTail(SimInode file, SimImage image) {
        if (file.cache.length() > image.length()) {
            exposed = true;
            image.truncate(file.cache.length());
        }
        if (random.nextBoolean()) {
            return;
        }
        int page = SimImage.pageOf(file.durable.length() + SimImage.PAGE_BYTES - 1);
        for (; (page + 1L) * SimImage.PAGE_BYTES <= image.length(); page++) {
            // Only blocks that were written to; a hole has none that could be stale.
            if (!image.isAllocated(page) && file.cache.isAllocated(page)) {
                exposed = true;
                expose(image, page);
            }
        }
    }

    private void expose(SimImage image, int page) {
        if (staleSources == null) {
            staleSources = new ArrayList<>();
            gather(before);
        }
        if (staleSources.isEmpty()) {
            return;
        }
        SimImage source = staleSources.get(random.nextInt(staleSources.size())).cache;
        int from = random.nextInt(SimImage.pageOf(source.length() - 1) + 1);
        ByteBuffer stale = ByteBuffer.allocate(SimImage.PAGE_BYTES);
        source.read(stale, (long) from * SimImage.PAGE_BYTES, SimImage.PAGE_BYTES);
        image.write((long) page * SimImage.PAGE_BYTES, stale.array(), 0, SimImage.PAGE_BYTES);
    }

    private void gather(SimDirectory directory) {
        for (SimNode node : directory.cache.values()) {
            if (node instanceof SimDirectory child) {
                gather(child);
            } else if (node instanceof SimInode file && file.cache.length() > 0) {
                staleSources.add(file);
            }
        }
    }

    private long drawCut() {
        List<Long> sequences = new ArrayList<>(List.of(0L));
        gatherPending(before, sequences);
        return sequences.get(random.nextInt(sequences.size()));
    }

    private static void gatherPending(SimDirectory directory, List<Long> sequences) {
        directory.pending.forEach(change -> sequences.add(change.sequence()));
        for (SimNode node : directory.cache.values()) {
            if (node instanceof SimDirectory child) {
                gatherPending(child, sequences);
            } else if (node instanceof SimInode file) {
                file.pending.forEach(piece -> sequences.add(piece.sequence()));
            }
        }
    }
}
