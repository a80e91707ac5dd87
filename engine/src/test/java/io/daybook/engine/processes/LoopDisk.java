package io.daybook.engine.processes;

import io.daybook.testing.Command;
import io.daybook.testing.Command.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;

/**
 * A file system of its own in a file, whose power can be cut: from that moment nothing reaches the file any more, and what was
 * not synced is lost; the next mount recovers from its journal as after a power cut.
 *
 * <p>Mount points are named after the process, so that what a run left that was killed can be told from what is in use: it is
 * unmounted by the next run. <b>Confined to one thread.</b>
 */
final class LoopDisk implements AutoCloseable {
    private static final String NAME = "daybook-power-";
    private static final int TRIES = 50;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Which file system. */
    enum FileSystem {
        EXT4(256 << 20, "mkfs.ext4", "-q", "-F"),
        /** Made no smaller than this by its tools. */
        XFS(320 << 20, "mkfs.xfs", "-q", "-f");

        private final long bytes;
        private final List<String> make;

        FileSystem(long bytes, String... make) {
            this.bytes = bytes;
            this.make = List.of(make);
        }
    }

    private final FileSystem fileSystem;
    private final Path image;
    private final Path mount;
    private boolean mounted;

    /**
     * Makes a file system.
     *
     * @param directory where its file and its mount point go
     */
    LoopDisk(Path directory, FileSystem fileSystem) throws IOException {
        this.fileSystem = fileSystem;
        String name = NAME + ProcessHandle.current().pid() + "-" + Long.toHexString(System.nanoTime());
        this.image = directory.resolve(name + ".image");
        this.mount = Files.createDirectory(directory.resolve(name));
        format(image, fileSystem);
    }

    private static void format(Path image, FileSystem fileSystem) throws IOException {
        must(List.of("truncate", "-s", Long.toString(fileSystem.bytes), image.toString()));
        List<String> make = new ArrayList<>(fileSystem.make);
        make.add(image.toString());
        must(make);
    }

    /** Skips the test, saying so, where a tool or a right is missing. */
    static void assumeAvailable(Path directory, FileSystem fileSystem) throws IOException {
        releaseStale();
        String why = null;
        for (String tool : List.of(fileSystem.make.get(0), "xfs_io", "mount", "umount", "truncate")) {
            if (run(List.of("sh", "-c", "command -v " + tool)).status() != 0) {
                why = "there is no " + tool;
            }
        }
        if (why == null) {
            try (LoopDisk tried = new LoopDisk(directory, fileSystem)) {
                Ran ran = run(tried.mountCommand());
                tried.mounted = ran.status() == 0;
                if (!tried.mounted) {
                    why = "no loop mount: " + ran.output();
                } else {
                    tried.cut();
                    tried.unmount();
                    tried.mount();
                }
            } catch (IOException e) {
                why = "a power cut does not work: " + e.getMessage();
            }
        }
        if (why != null) {
            System.out.println("SKIPPED: power cuts on " + fileSystem + ": " + why);
            Assumptions.abort(why);
        }
    }

    /** Where the store goes, while it is mounted. */
    Path store() {
        return mount.resolve("store");
    }

    void mount() throws IOException {
        must(mountCommand());
        mounted = true;
    }

    private List<String> mountCommand() {
        return List.of(
                "mount", "-o", "loop", "-t", fileSystem.name().toLowerCase(), image.toString(), mount.toString());
    }

    /** Cuts the power: without flushing anything, not even the journal of the file system. */
    void cut() throws IOException {
        must(List.of("xfs_io", "-x", "-c", "shutdown", mount.toString()));
    }

    void unmount() throws IOException {
        for (int tries = 1; mounted; tries++) {
            Ran ran = run(List.of("umount", mount.toString()));
            mounted = ran.status() != 0;
            if (mounted && tries == TRIES) {
                throw new IOException("umount of " + mount + ": " + ran.output());
            }
            if (mounted) {
                // The last file of a process that was killed may be closed a moment later.
                LockSupport.parkNanos(100_000_000);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            unmount();
        } catch (IOException e) {
            // Out of the way at least, before the directory is deleted.
            must(List.of("umount", "-l", mount.toString()));
            throw e;
        } finally {
            Files.deleteIfExists(image);
            Files.deleteIfExists(mount);
        }
    }

    /** Unmounts what a run left whose process is gone. */
    private static void releaseStale() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
            String[] words = line.split(" ");
            Path at = Path.of(words[1]);
            String name = at.getFileName() == null ? "" : at.getFileName().toString();
            if (words[0].startsWith("/dev/loop") && name.startsWith(NAME)) {
                long pid = Long.parseLong(name.substring(NAME.length(), name.indexOf('-', NAME.length())));
                if (ProcessHandle.of(pid).isEmpty()) {
                    System.out.println("left by a run that is gone, unmounted: " + at + ", "
                            + run(List.of("umount", "-l", at.toString())).output());
                    Files.deleteIfExists(at.resolveSibling(name + ".image"));
                }
            }
        }
    }

    private static void must(List<String> command) throws IOException {
        Ran ran = run(command);
        if (ran.status() != 0) {
            throw new IOException(command + " ended with " + ran.status() + ": " + ran.output());
        }
    }

    private static Ran run(List<String> command) throws IOException {
        return Command.run(LIMIT, command);
    }
}
