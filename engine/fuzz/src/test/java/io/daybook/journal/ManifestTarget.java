package io.daybook.journal;

import io.daybook.fuzz.Target;
import io.daybook.storage.SimStorage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The manifest: one copy, two equal ones, or two that differ. */
public final class ManifestTarget implements Target {
    private static final int CHECKSUMS = 1;
    private static final int SEQUENCES = 2;
    private static final int TWO_EQUAL = 4;
    private static final int HALVES = 8;

    @Override
    public void run(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        int mode = input[0];
        byte[] first = Arrays.copyOfRange(input, 1, (mode & HALVES) != 0 ? 1 + (input.length - 1) / 2 : input.length);
        SimStorage disk = SimStorage.create(1);
        put(disk, Manifest.NAMES[0], first, mode);
        if ((mode & HALVES) != 0) {
            put(disk, Manifest.NAMES[1], Arrays.copyOfRange(input, 1 + first.length, input.length), mode);
        } else if ((mode & TWO_EQUAL) != 0) {
            put(disk, Manifest.NAMES[1], first, mode);
        }
        try {
            SegmentCatalog catalog = SegmentCatalog.load(disk, false);
            listed(catalog);
            // What is written of it is read as the same.
            catalog.recovered(List.of(), catalog.lastLsn(), null);
            catalog.close();
            SegmentCatalog again = SegmentCatalog.load(disk, true);
            Target.check(again.segments().equals(catalog.segments()), "segments");
            Target.check(again.incarnations().equals(catalog.incarnations()), "incarnations");
            Target.check(again.lastLsn() == catalog.lastLsn(), "last LSN");
            Target.check(again.store().equals(catalog.store()), "store");
            Target.check(again.allocateSegmentId() == catalog.allocateSegmentId(), "next segment");
        } catch (JournalException e) {
            Target.check(e.getMessage() != null, e);
        }
    }

    private static void listed(SegmentCatalog catalog) {
        Target.check(!catalog.incarnations().isEmpty(), "no incarnation");
        Target.check(
                catalog.lastLsn() >= 0 && catalog.lastLsn() + JournalOpening.LSN_STEP > 0,
                "last LSN " + catalog.lastLsn() + " leaves no room");
        long highest = 0;
        for (SegmentEntry entry : catalog.segments()) {
            highest = Math.max(highest, entry.id());
            Target.check(entry.id() >= 0 && entry.id() <= Integer.MAX_VALUE, entry);
            Target.check(entry.directory() == 0, entry);
            Target.check(entry.validEnd() >= 0 && entry.footerBytes() >= 0, entry);
            Target.check(entry.validEnd() + entry.footerBytes() >= 0, entry);
            Target.check(entry.lastLsn() >= entry.firstLsn() && entry.firstLsn() >= 0, entry);
            Target.check(entry.lastLsn() + JournalOpening.LSN_STEP > 0, entry);
            Target.check(entry.state() != SegmentEntry.State.RETIRED, entry);
        }
        long id = catalog.allocateSegmentId();
        Target.check(id > highest || catalog.segments().isEmpty() && id > 0, id + " was given before");
        Target.check(id <= Integer.MAX_VALUE, id);
    }

    private static void put(SimStorage disk, String name, byte[] copy, int mode) throws IOException {
        byte[] bytes = copy.clone();
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if ((mode & CHECKSUMS) != 0 && bytes.length >= Manifest.HEADER_BYTES) {
            out.putInt(32, Checksums.of(out, 0, 32));
        }
        long sequence = 0;
        int at = Manifest.HEADER_BYTES;
        while (at + Manifest.RECORD_HEADER_BYTES <= bytes.length) {
            int length = out.getInt(at + 4);
            if (length < 0 || length > bytes.length - at - Manifest.RECORD_HEADER_BYTES) {
                break;
            }
            sequence = sequence == 0 ? out.getLong(at + 8) : sequence + 1;
            if ((mode & SEQUENCES) != 0) {
                out.putLong(at + 8, sequence);
            }
            if ((mode & CHECKSUMS) != 0) {
                out.putInt(at, Checksums.of(out, at + 4, at + Manifest.RECORD_HEADER_BYTES + length));
            }
            at += Manifest.RECORD_HEADER_BYTES + length;
        }
        disk.put(name, bytes);
    }

    @Override
    public long heapBytesMax(int inputBytes) {
        return 16L << 20;
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        byte[] golden;
        try (InputStream in = ManifestTarget.class.getResourceAsStream("/golden/manifest-v1")) {
            golden = in.readAllBytes();
        }
        List<byte[]> seeds = new ArrayList<>();
        for (int mode : new int[] {CHECKSUMS | SEQUENCES, CHECKSUMS | TWO_EQUAL, CHECKSUMS | SEQUENCES | HALVES}) {
            byte[] seed = new byte[1 + ((mode & HALVES) != 0 ? 2 : 1) * golden.length];
            seed[0] = (byte) mode;
            System.arraycopy(golden, 0, seed, 1, golden.length);
            System.arraycopy(golden, 0, seed, seed.length - golden.length, golden.length);
            seeds.add(seed);
        }
        return seeds;
    }
}
