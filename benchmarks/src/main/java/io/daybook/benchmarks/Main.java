package io.daybook.benchmarks;

import io.daybook.benchmarks.compare.Comparison;
import io.daybook.benchmarks.report.Report;
import io.daybook.benchmarks.report.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Runs benchmarks.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar                       the quick set: under ten minutes, ends in a table
 * java -jar benchmarks/target/benchmarks.jar --dir /data           the same, files there
 * java -jar benchmarks/target/benchmarks.jar hold                  what a hold costs on an index get: five minutes
 * java -jar benchmarks/target/benchmarks.jar recovery              how fast a store opens whose index is behind
 * java -jar benchmarks/target/benchmarks.jar compare --size key    beside BookKeeper and RocksDB, with a report
 * java -jar benchmarks/target/benchmarks.jar report DIR            the report again, from DIR/results.json
 * java -jar benchmarks/target/benchmarks.jar DurableAppend -f 3    JMH, with all its arguments; -h, -l
 * java -Ddaybook.bench.dir=/data -jar …                            JMH, files there
 * </pre>
 */
public final class Main {
    private Main() {}

    /**
     * Runs the quick set, {@code hold}, {@code recovery}, {@code compare}, {@code report}, or JMH where there are arguments for it.
     *
     * @param args {@code --dir PATH} first, if at all; then {@code hold}, {@code recovery}, {@code compare} or
     *     {@code report} and its options, or JMH's
     * @throws IOException if JMH's output cannot be written
     */
    public static void main(String[] args) throws IOException {
        String[] rest = args;
        if (args.length >= 1 && args[0].equals("--dir")) {
            if (args.length == 1) {
                System.err.println("--dir needs a directory");
                System.exit(2);
            }
            rest = Arrays.copyOfRange(args, 2, args.length);
            System.setProperty(Workspace.BASE_PROPERTY, args[1]);
        }
        if (rest.length == 0) {
            System.exit(new QuickSet(Workspace.base()).run() ? 0 : 1);
        }
        if (rest[0].equals("hold")) {
            Children.endWithThisProcess();
            HoldCost.run(Arrays.copyOfRange(rest, 1, rest.length), Workspace.base());
            return;
        }
        if (rest[0].equals("recovery")) {
            Children.endWithThisProcess();
            RecoverySpeed.run(Arrays.copyOfRange(rest, 1, rest.length), Workspace.base());
            return;
        }
        if (rest[0].equals("compare")) {
            Children.endWithThisProcess();
            System.exit(Comparison.run(Arrays.copyOfRange(rest, 1, rest.length)));
        }
        if (rest[0].equals("report") && rest.length == 2) {
            Path directory = Path.of(rest[1]);
            Report.write(Results.fromJson(Files.readString(directory.resolve("results.json"))), directory);
            return;
        }
        if (rest != args) {
            // JMH hands JVM arguments of this process to its forks, but not properties that were set since.
            rest = Arrays.copyOf(rest, rest.length + 2);
            rest[rest.length - 2] = "-jvmArgsPrepend";
            rest[rest.length - 1] = Workspace.baseArgument(Workspace.base());
        }
        Children.endWithThisProcess();
        org.openjdk.jmh.Main.main(rest);
    }
}
