package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.journal.JournalRig.Rec;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories with kills, power losses and failing operations, also inside the opening and the closing (F1 to F6, F11). After
 * each of them the journal holds a prefix of what was issued, with everything in it that was acknowledged (I1, I2); what was
 * seen once stays (I4); an LSN that was seen never stands for another record. A seed given as {@code -Ddaybook.seed} is run
 * alone.
 */
class JournalCrashTest {
    private static final int SEEDS = 100;

    @ParameterizedTest
    @EnumSource(Power.class)
    void whatWasAcknowledgedIsThereAfterAnyCrash(Power power) throws IOException {
        Long only = Long.getLong("daybook.seed");
        for (long seed = only == null ? 0 : only; seed < (only == null ? SEEDS : only + 1); seed++) {
            try {
                new History(seed, power).run();
            } catch (AssertionError | IOException | RuntimeException e) {
                throw new AssertionError("power=" + power + " -Ddaybook.seed=" + seed, e);
            }
        }
    }

    /** One store, crashed some times. */
    private static final class History {
        private final SplittableRandom random;
        private final Power power;
        private SimStorage disk;

        /** What was there when the last opening was done: it stays. */
        private List<Rec> seen = List.of();
        /** Issued since, in order. */
        private List<Rec> issued = new ArrayList<>();
        /** How many of them were acknowledged, or durable in a deferred journal. */
        private int acknowledged;

        private final Map<Long, Rec> byLsn = new HashMap<>();
        private final boolean deferred;
        private long entry;

        History(long seed, Power power) {
            this.random = new SplittableRandom(seed);
            this.power = power;
            this.disk = SimStorage.create(seed);
            this.deferred = random.nextInt(4) == 0;
        }

        void run() throws IOException {
            for (int life = 0; life < 4; life++) {
                live();
                disk = disk.crash(power);
                if (random.nextInt(3) == 0) {
                    // A second crash, in the middle of the recovery from the first.
                    disk.failAt(1 + random.nextInt(60), StorageFault.STOP, false);
                    try {
                        new JournalRig(disk, random.nextLong(), options())
                                .recover()
                                .opening
                                .close();
                    } catch (IOException e) {
                        assertThat(disk.isStopped()).as("%s", e).isTrue();
                    }
                    disk = disk.crash(power);
                }
            }
            check(JournalRig.recovered(disk));
            check(JournalRig.recovered(disk));
        }

        private JournalOptions options() {
            JournalRig.Options options = JournalRig.options().segmentBlocks(8 + 4 * (int) (entry % 3));
            return (deferred ? options.deferred() : options).build();
        }

        private void live() throws IOException {
            boolean failing = random.nextInt(4) != 0;
            if (failing) {
                armFault();
            }
            JournalRig rig = null;
            try {
                rig = new JournalRig(disk, random.nextLong(), options());
                rig.recover();
                check(rig.recovered);
                rig.start();
                rig.nextEntry = entry;
                work(rig);
                if (random.nextInt(4) == 0) {
                    rig.close();
                }
            } catch (IOException e) {
                assertThat(failing && disk.faultsFired() > 0).as("%s", e).isTrue();
            } finally {
                if (rig != null && rig.journal != null) {
                    account(rig);
                    rig.forget();
                }
                disk.clearFaults();
            }
        }

        private void armFault() {
            StorageFault[] faults = {
                StorageFault.STOP,
                StorageFault.STOP,
                StorageFault.EIO_WRITE,
                StorageFault.EIO_SYNC_KEPT,
                StorageFault.EIO_SYNC_REVERTED,
                StorageFault.EIO_SYNC_DIRECTORY,
                StorageFault.NO_SPACE_WRITE,
                StorageFault.NO_SPACE_SYNC,
                StorageFault.SHORT_WRITE,
                StorageFault.SHORT_READ
            };
            disk.failAt(disk.operations() + 1 + random.nextInt(150), faults[random.nextInt(faults.length)], false);
        }

        private void work(JournalRig rig) {
            int steps = random.nextInt(80);
            for (int i = 0; i < steps && rig.journal.failure() == null; i++) {
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> rig.append(random.nextInt(random.nextInt(4) == 0 ? 12_000 : 600));
                    case 3 -> abandon(rig);
                    case 4, 5 -> rig.journal.commitOnce();
                    case 6 -> rig.journal.completeOnce();
                    default -> rig.housekeep();
                }
                if (deferred && random.nextInt(10) == 0) {
                    rig.journal.requestSync(rig.journal.acceptedLsn());
                }
                if (random.nextInt(30) == 0) {
                    rig.commit();
                    rig.journal.cover(rig.journal.acceptedLsn());
                }
            }
        }

        private static void abandon(JournalRig rig) {
            Ticket ticket = new Ticket();
            if (rig.reserve(ticket, 2 * RecordFormat.bytes(33), 2) == Journal.Room.GRANTED) {
                ticket.abandon();
            }
        }

        /** Which of the issued records count as acknowledged. */
        private void account(JournalRig rig) {
            entry = rig.nextEntry;
            issued = new ArrayList<>(rig.issued);
            long durable =
                    rig.durableTold.stream().mapToLong(Long::longValue).max().orElse(0);
            acknowledged = 0;
            for (Rec rec : rig.committed) {
                if (!deferred || rec.lsn() <= durable) {
                    acknowledged++;
                }
            }
            assertThat(issued.subList(0, rig.committed.size()).equals(rig.committed))
                    .as("committed %s, issued %s", rig.committed, issued)
                    .isTrue();
        }

        private void check(List<Rec> recovered) {
            if (recovered.size() < seen.size() + acknowledged || recovered.size() > seen.size() + issued.size()) {
                throw new AssertionError("recovered " + recovered + ", seen " + seen + ", acknowledged " + acknowledged
                        + " of " + issued);
            }
            List<Rec> expected = new ArrayList<>(seen);
            expected.addAll(issued.subList(0, recovered.size() - seen.size()));
            assertThat(recovered.equals(expected))
                    .as("recovered %s, expected %s", recovered, expected)
                    .isTrue();
            long last = 0;
            for (Rec rec : recovered) {
                if (rec.lsn() <= last) {
                    throw new AssertionError(rec + " behind LSN " + last);
                }
                last = rec.lsn();
                Rec known = byLsn.putIfAbsent(rec.lsn(), rec);
                if (known != null && !known.equals(rec)) {
                    throw new AssertionError(known + " has become " + rec);
                }
            }
            seen = List.copyOf(recovered);
            issued = new ArrayList<>();
            acknowledged = 0;
        }
    }
}
