package io.daybook.benchmarks;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.StoreTools;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How fast a store opens whose last part is not in the index, against a cold sequential read of the same bytes: pairs of a read
 * of the segment files, 1 MiB at a time, and of opens in a new JVM, from the call until the newest entry of the first ledger was
 * read, the page cache without these files before each. A JVM opens copies of the same store one after the other: in the first open
 * most of the processor time goes to loading classes and compiling, the last one shows what recovery itself takes.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar recovery
 * java -jar benchmarks/target/benchmarks.jar recovery --indexed-mib 3072 --behind-mib 1024 --pairs 5
 * </pre>
 *
 * <p>The store is written by a JVM that closes it, the index is copied aside, a second JVM appends the rest and halts. Each open gets
 * the segments as hard links, which nothing ever writes to, and copies of all else.
 */
final class RecoverySpeed {
    private static final int READ_BYTES = 1 << 20;

    private final Arguments arguments;
    private final Path base;
    private final int ledgers;
    private final int entryBytes;
    private long entries;
    private final List<Path> behind = new ArrayList<>();
    private long behindBytes;

    private RecoverySpeed(Arguments arguments, Path base) {
        this.arguments = arguments;
        this.base = base;
        this.ledgers = arguments.number("ledgers", 1, 100_000);
        this.entryBytes = arguments.number("entry-bytes", 8, 1 << 20);
    }

    private static Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("indexed-mib", "3072");
        options.put("behind-mib", "1024");
        options.put("ledgers", "100");
        options.put("entry-bytes", "1024");
        options.put("pairs", "5");
        options.put("opens", "5");
        options.put("jvm", "");
        return options;
    }

    /** Measures and prints; each of {@link #options} can be given. */
    static void run(String[] args, Path base) throws IOException {
        RecoverySpeed speed;
        try {
            speed = new RecoverySpeed(Arguments.parse(args, options()), base);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "; recovery has " + options());
            System.exit(2);
            return;
        }
        speed.run();
    }

    private void run() throws IOException {
        Machine.print(System.out, base);
        int pairs = arguments.number("pairs", 1, 100);
        try (Workspace workspace = Workspace.createUnder(base, "recovery")) {
            Path store = workspace.path().resolve("store");
            Path index = workspace.path().resolve("index");
            write(store, index);
            List<Double> reads = new ArrayList<>();
            List<Double> firsts = new ArrayList<>();
            List<Double> lasts = new ArrayList<>();
            for (int pair = 1; pair <= pairs; pair++) {
                List<Double> opens;
                if (pair % 2 == 1) {
                    reads.add(read(store));
                    opens = open(workspace.path(), store, index);
                } else {
                    opens = open(workspace.path(), store, index);
                    reads.add(read(store));
                }
                firsts.add(opens.get(0));
                lasts.add(opens.get(opens.size() - 1));
                System.out.printf(
                        "%2d/%d  read %s  opens %s%n",
                        pair,
                        pairs,
                        Format.nanos(reads.get(pair - 1)),
                        opens.stream().map(Format::nanos).collect(Collectors.joining(", ")));
            }
            print(reads, firsts, lasts);
        }
    }

    private void write(Path store, Path index) throws IOException {
        long indexed = entriesOf("indexed-mib");
        entries = indexed + entriesOf("behind-mib");
        fill(store, 0, indexed, RecoveryChild.CLOSE);
        long last = RecoveryChild.lastSegment(store);
        copy(store.resolve("index"), index);
        fill(store, indexed, entries, RecoveryChild.HALT);
        for (StoreTools.SegmentInfo segment :
                StoreTools.inspect(EngineConfig.builder(store).build()).segments()) {
            if (segment.id() > last) {
                behind.add(Path.of(segment.file()));
                behindBytes += segment.fileBytes();
            }
        }
        System.out.println("store of " + entries * ledgers + " entries of " + entryBytes + " bytes, "
                + Format.bytes(behindBytes) + " in " + behind.size() + " segments behind the index");
    }

    private long entriesOf(String option) {
        return ((long) arguments.number(option, 1, 1 << 20) << 20) / entryBytes / ledgers;
    }

    private void fill(Path store, long from, long to, String end) throws IOException {
        child("fill", store, ledgers, from, to, entryBytes, end);
    }

    /** Nanoseconds of a cold sequential read of the segments behind the index. */
    private double read(Path store) throws IOException {
        PageCache.forget(store);
        ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
        long start = System.nanoTime();
        for (Path file : behind) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                while (channel.read(buffer.clear()) >= 0) {
                    // All of it.
                }
            }
        }
        return System.nanoTime() - start;
    }

    private List<Double> open(Path work, Path store, Path index) throws IOException {
        Path parent = work.resolve("opened");
        Workspace.delete(parent);
        for (int i = 0; i < arguments.number("opens", 1, 10); i++) {
            link(store, index, parent.resolve("store-" + i));
        }
        List<Double> nanos = new ArrayList<>();
        for (String result : child("open", parent, ledgers, entries)) {
            nanos.add(Double.parseDouble(result.split(" ")[0]));
        }
        Workspace.delete(parent);
        return nanos;
    }

    private static void link(Path store, Path index, Path directory) throws IOException {
        Files.createDirectories(directory.resolve("journal"));
        try (Stream<Path> all = Files.walk(store)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path relative = store.relativize(file);
                Path target = directory.resolve(relative);
                if (relative.getFileName().toString().startsWith("segment-")) {
                    Files.createLink(target, file);
                } else if (!relative.startsWith("index")) {
                    Files.copy(file, target);
                }
            }
        }
        copy(index, directory.resolve("index"));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    /** The results that it told. */
    private List<String> child(Object... args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx1g", "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED"));
        if (args[0].equals("open") && !arguments.text("jvm").isEmpty()) {
            command.addAll(List.of(arguments.text("jvm").split(" ")));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), RecoveryChild.class.getName()));
        for (Object arg : args) {
            command.add(arg.toString());
        }
        Process child = Children.measuring(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> results = new ArrayList<>();
        try (BufferedReader output = child.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(RecoveryChild.RESULT)) {
                    results.add(line.substring(RecoveryChild.RESULT.length()));
                } else {
                    System.out.println(line);
                }
            }
        }
        try {
            int exit = child.waitFor();
            if (exit != 0) {
                throw new IllegalStateException("the child for " + args[0] + " ended with exit code " + exit);
            }
        } catch (InterruptedException e) {
            child.destroy();
            throw Threads.interrupted(e);
        }
        return results;
    }

    private void print(List<Double> reads, List<Double> firsts, List<Double> lasts) {
        System.out.println();
        Table table = new Table("median of " + reads.size(), "time", "bytes a second", "min", "max");
        row(table, "cold sequential read", reads);
        row(table, "open until the first answer, new JVM", firsts);
        row(table, "the same, last of " + arguments.text("opens") + " in that JVM", lasts);
        table.print(System.out);
        double read = Medians.median(reads, nanos -> nanos);
        System.out.println("ratio of the medians: " + Format.ratio(read / Medians.median(firsts, nanos -> nanos))
                + " of a cold sequential read in a new JVM, "
                + Format.ratio(read / Medians.median(lasts, nanos -> nanos))
                + " in a warm one");
    }

    private void row(Table table, String name, List<Double> nanos) {
        double median = Medians.median(nanos, each -> each);
        table.row(
                name,
                Format.nanos(median),
                Format.bytes(behindBytes / (median / 1e9)),
                Format.nanos(nanos.stream().min(Double::compare).orElseThrow()),
                Format.nanos(nanos.stream().max(Double::compare).orElseThrow()));
    }
}
