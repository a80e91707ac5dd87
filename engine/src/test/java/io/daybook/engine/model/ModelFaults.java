package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.attempt;

import io.daybook.engine.DirectoryLockedException;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.index.IndexException;
import io.daybook.storage.FaultId;
import io.daybook.storage.Rot;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFault;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;

/** Lets things go wrong: see {@link Trouble}. */
final class ModelFaults {
    /** What a disk may hold beside what it holds, when others fill it. */
    private static final int ROOM_BYTES_MAX = 512 << 10;

    private static final int OPEN_SEGMENTS_MAX = 4;

    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final Arguments arguments;
    private final EnumSet<Trouble> troubles;
    private final ModelWrites writes;

    ModelFaults(Situation now, EnumSet<Trouble> troubles, ModelWrites writes) {
        this.course = now.course();
        this.subject = now.subject();
        this.excuses = now.excuses();
        this.arguments = now.arguments();
        this.troubles = troubles;
        this.writes = writes;
    }

    /** Perhaps something goes wrong now or soon. */
    void strike() throws IOException {
        int die = course.random.nextInt(24);
        int later = 1 + course.random.nextInt(30);
        Trouble trouble = Trouble.values()[course.random.nextInt(Trouble.values().length)];
        if (die < subject.rig.mix().stops) {
            course.note(() -> "armed: STOP");
            subject.disk.failAt(subject.disk.operations() + later, StorageFault.STOP, false);
        } else if (troubles.contains(trouble)) {
            course.note(() -> "trouble: " + trouble);
            make(trouble, later);
        }
    }

    private void make(Trouble trouble, int later) throws IOException {
        switch (trouble) {
            case SHORT_CALLS -> {
                arm(StorageFault.SHORT_WRITE, later);
                arm(course.random.nextBoolean() ? StorageFault.SHORT_READ : StorageFault.ZERO_READ, 1);
            }
            case INDEX_FULL -> {
                excuses.indexFaulty = true;
                subject.index.failWrites(IndexException.Kind.NO_SPACE, 1 + course.random.nextInt(3));
            }
            case INDEX_FAILS -> {
                excuses.faulty = true;
                subject.index.failWrites(IndexException.Kind.FAILED, 1);
            }
            case NO_BYTES_WRITTEN -> fail(StorageFault.ZERO_WRITE, later);
            case WRITE_FAILS -> fail(StorageFault.EIO_WRITE, later);
            case SYNC_FAILS ->
                fail(
                        switch (course.random.nextInt(3)) {
                            case 0 -> StorageFault.EIO_SYNC_KEPT;
                            // What is reverted may have been read in a deferred engine, which then has it no more.
                            case 1 -> subject.deferred ? StorageFault.EIO_SYNC_KEPT : StorageFault.EIO_SYNC_REVERTED;
                            default -> StorageFault.EIO_SYNC_DIRECTORY;
                        },
                        later);
            case SYNC_FAILS_LATE -> {
                excuses.damaged = true;
                excuses.loose = true;
                excuses.lied = true;
                fail(StorageFault.EIO_SYNC_LATE, later);
            }
            case READ_FAILS -> {
                excuses.readsFail = true;
                arm(StorageFault.EIO_READ, 1 + later / 8);
            }
            case SECTOR_FAILS -> spoil();
            case NO_SPACE -> {
                excuses.full = true;
                fail(
                        switch (course.random.nextInt(3)) {
                            case 0 -> StorageFault.NO_SPACE_WRITE;
                            case 1 -> StorageFault.NO_SPACE_CREATE;
                            default -> StorageFault.NO_SPACE_SYNC;
                        },
                        later);
            }
            case DISK_SHRINKS -> {
                if (excuses.full) {
                    grow();
                } else {
                    shrink();
                }
            }
            case NO_DESCRIPTORS -> {
                excuses.readsFail = true;
                fail(StorageFault.TOO_MANY_FILES, later);
            }
            case ROT -> rot();
            case SLOW_SYNC -> arm(StorageFault.SLOW_SYNC, 1 + later / 4);
            case SECOND_OPEN -> openTwice();
            case FILE_GONE, EXTRA_FILES -> {
                // Between a close and an open.
            }
        }
    }

    private void arm(StorageFault fault, int later) {
        course.note(() -> "armed: " + fault + " from operation " + (subject.disk.operations() + later) + " on");
        subject.disk.failAt(subject.disk.operations() + later, fault, false);
    }

    /** The engine may fail of it. */
    private void fail(StorageFault fault, int later) {
        excuses.faulty = true;
        arm(fault, later);
    }

    /** Others fill the disk, so that room that was promised is gone: a write of the journal may fail. */
    private void shrink() throws IOException {
        excuses.faulty = true;
        excuses.full = true;
        long used = subject.disk.totalBytes() - subject.disk.freeBytes();
        subject.disk.capacityBytes(used + course.random.nextInt(ROOM_BYTES_MAX));
    }

    /** There is room again, and the engine notices by itself. */
    private void grow() {
        subject.disk.clearFaults();
        subject.disk.capacityBytes(SimStorage.UNLIMITED_BYTES);
        subject.nanos += 2_000_000_000L;
        writes.pump();
        if (!excuses.failed) {
            excuses.full = false;
        }
    }

    /** Damages what is durable; mostly such that a watermark covers it, where a recovery must not take it for a torn tail. */
    private void rot() throws IOException {
        boolean covered = course.random.nextInt(4) != 0;
        Rot kind = Rot.values()[course.random.nextInt(Rot.values().length)];
        int times = 1 + course.random.nextInt(3);
        if (covered && !excuses.full && !excuses.indexFaulty && !excuses.failed) {
            writes.pump();
            writes.flush();
        }
        covered &= !excuses.full && !excuses.indexFaulty && !excuses.failed && !subject.disk.isStopped();
        for (int i = 0; i < times && !subject.disk.isStopped(); i++) {
            String file = someFile();
            long bytes = file == null ? 0 : subject.disk.durableContent(file).length;
            if (bytes > 0 && subject.disk.rot(file, kind, place(file, bytes))) {
                course.note(() -> kind + " in " + file);
                excuses.damaged = true;
                excuses.hitsAtTheEnd += isAtTheEnd(file) ? 1 : 0;
                // What is damaged together with the one frame that proves it was durable looks torn.
                excuses.loose |= !covered || excuses.hitsAtTheEnd > 1;
            }
        }
    }

    /** Whether a file is one of the newest segments, which may be open. */
    private boolean isAtTheEnd(String file) {
        List<String> segments = segments();
        return segments.indexOf(file) >= Math.max(0, segments.size() - OPEN_SEGMENTS_MAX);
    }

    private List<String> segments() {
        return subject.disk.files().stream()
                .filter(each -> each.startsWith("journal/segment-"))
                .sorted()
                .toList();
    }

    private void spoil() throws IOException {
        String file = someFile();
        long bytes = file == null ? 0 : subject.disk.content(file).length;
        if (bytes > 0) {
            long at = place(file, bytes);
            course.note(() -> "sector of " + file + " at " + at + " cannot be read");
            subject.disk.spoil(file, at - at % 512, 512);
            excuses.readsFail = true;
            excuses.damaged = true;
        }
    }

    /** Mostly a segment, as most files are not. */
    String someFile() {
        List<String> files = subject.disk.files();
        List<String> segments = segments();
        List<String> from = segments.isEmpty() || course.random.nextInt(4) == 0 ? files : segments;
        return from.isEmpty() ? null : from.get(course.random.nextInt(from.size()));
    }

    /** A place in a file, mostly where something is: behind it are zeros that were written ahead. */
    long place(String file, long bytes) throws IOException {
        if (bytes == 0) {
            return 0;
        }
        long most = bytes;
        if (course.random.nextInt(8) != 0) {
            byte[] content = subject.disk.content(file);
            int end = content.length;
            while (end > 1 && content[end - 1] == 0) {
                end--;
            }
            most = Math.min(bytes, end);
        }
        return course.random.nextLong(most);
    }

    private void openTwice() throws IOException {
        Environment second = subject.environment(false, course::nextLong);
        Object answer = attempt(() -> {
            try {
                return TestEngines.open(subject.config, second);
            } catch (IOException e) {
                return e;
            }
        });
        if (!subject.disk.isStopped()) {
            course.expect(answer, DirectoryLockedException.class, () -> "a second open");
            course.totals.faults.add(FaultId.F16);
        }
    }

    /** Somebody takes a file away, between a close in order and an open. */
    void removeFile() throws IOException {
        int die = course.random.nextInt(4);
        String file = someFile();
        if (die == 0 && file != null && troubles.contains(Trouble.FILE_GONE)) {
            course.note(() -> "gone: " + file);
            excuses.gone = new Excuses.Gone(file, subject.disk.content(file));
            subject.disk.remove(file);
            course.totals.faults.add(FaultId.F17);
            course.totals.faults.addKind(Trouble.FILE_GONE);
        }
    }

    /** Somebody leaves files that are none of the store's. */
    void addFiles() throws IOException {
        int die = course.random.nextInt(16);
        byte[] junk = arguments.bytes(300);
        if (die < 2 && troubles.contains(Trouble.EXTRA_FILES)) {
            long id = 1_000_000 + course.random.nextInt(1000);
            String file = die == 0 ? "journal/notes.txt" : "journal/segment-" + String.format("%010d", id) + ".journal";
            if (!subject.disk.files().contains(file)) {
                // Not over a segment: after the first of these files they have such numbers too.
                course.note(() -> "extra file " + file);
                subject.disk.put(file, junk);
                course.totals.faults.add(FaultId.F17);
                course.totals.faults.addKind(Trouble.EXTRA_FILES);
            }
        }
    }

    /** Arms what shall meet the open; whether it is something that the open may fail of and that passes. */
    boolean armForOpen() {
        int die = course.random.nextInt(24);
        int later = 1 + course.random.nextInt(60);
        if (die < subject.rig.mix().stops) {
            subject.disk.failAt(subject.disk.operations() + later, StorageFault.STOP, false);
            return false;
        }
        StorageFault fault = switch (die) {
            case 3 -> troubles.contains(Trouble.READ_FAILS) ? StorageFault.EIO_READ : null;
            case 4 -> troubles.contains(Trouble.NO_DESCRIPTORS) ? StorageFault.TOO_MANY_FILES : null;
            case 5 -> troubles.contains(Trouble.NO_SPACE) ? StorageFault.NO_SPACE_WRITE : null;
            case 6 -> troubles.contains(Trouble.NO_SPACE) ? StorageFault.NO_SPACE_CREATE : null;
            case 7 -> troubles.contains(Trouble.WRITE_FAILS) ? StorageFault.EIO_WRITE : null;
            case 8 -> troubles.contains(Trouble.SYNC_FAILS) ? StorageFault.EIO_SYNC_KEPT : null;
            case 9 -> troubles.contains(Trouble.SYNC_FAILS) ? StorageFault.EIO_SYNC_DIRECTORY : null;
            default -> null;
        };
        boolean noRoom = fault == StorageFault.NO_SPACE_WRITE || fault == StorageFault.NO_SPACE_CREATE;
        if (fault == null || (noRoom && excuses.wantsRoom())) {
            return false;
        }
        arm(fault, later);
        return true;
    }
}
