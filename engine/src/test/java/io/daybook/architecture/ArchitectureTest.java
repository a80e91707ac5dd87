package io.daybook.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.spi.FileSystemProvider;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.Formatter;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.BaseStream;
import java.util.zip.ZipFile;

/** Who may use what, over the classes of stats, journal, index and engine. */
@AnalyzeClasses(
        packages = "io.daybook",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.DoNotIncludeTestJars.class})
class ArchitectureTest {

    /** The test doubles of journal and index are on the class path as jars once those modules are packaged. */
    static final class DoNotIncludeTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    private static final DescribedPredicate<JavaClass> FILE_ACCESS = assignableTo(FileChannel.class)
            .or(assignableTo(AsynchronousFileChannel.class))
            .or(assignableTo(Files.class))
            .or(assignableTo(RandomAccessFile.class))
            .or(assignableTo(FileInputStream.class))
            .or(assignableTo(FileOutputStream.class))
            .or(assignableTo(FileReader.class))
            .or(assignableTo(FileWriter.class))
            .or(assignableTo(File.class))
            .or(assignableTo(FileSystemProvider.class))
            .or(assignableTo(ZipFile.class))
            .as(
                    "FileChannel, Files, File, RandomAccessFile, FileReader/Writer, File*Stream, FileSystemProvider or ZipFile");

    /** What opens a file of a name or path that it is given, and much else. */
    private static final DescribedPredicate<JavaConstructorCall> NAMED_FILE = describe(
            "opens a file by a PrintWriter, PrintStream, Formatter or Scanner", ArchitectureTest::opensNamedFile);

    private static final DescribedPredicate<JavaAccess<?>> COMMON_POOL =
            describe("runs on the common pool", ArchitectureTest::runsOnCommonPool);

    /** A package that was renamed would leave rules that nothing can break. */
    @ArchTest
    static void every_package_that_a_rule_names_has_classes(JavaClasses all) {
        for (String part : List.of("lease", "stats", "storage", "journal", "index", "engine")) {
            assertThat(all.that(resideInAPackage("io.daybook." + part)))
                    .as(part)
                    .isNotEmpty();
        }
        assertUsers(all, resideInAPackage("org.rocksdb.."), "io.daybook.index");
        assertUsers(all, resideInAPackage("io.prometheus.."), "io.daybook.stats");
        assertUsers(all, FILE_ACCESS, "io.daybook.storage");
    }

    private static void assertUsers(JavaClasses all, DescribedPredicate<JavaClass> used, String user) {
        assertThat(all.that(resideInAPackage(user)).stream()
                        .flatMap(one -> one.getDirectDependenciesFromSelf().stream())
                        .anyMatch(dependency -> used.test(dependency.getTargetClass())))
                .as(user + " uses " + used.getDescription())
                .isTrue();
    }

    /** What opens files without naming a class of files is seen; what only looks like it is not. */
    @ArchTest
    static void files_opened_by_name_are_seen(JavaClasses all) {
        JavaClasses examples = new ClassFileImporter().importClasses(Opening.class, Harmless.class);
        EvaluationResult result =
                noClasses().should().callConstructorWhere(NAMED_FILE).evaluate(examples);
        assertThat(result.getFailureReport().getDetails())
                .hasSize(5)
                .allMatch(detail -> detail.contains(Opening.class.getSimpleName()));
    }

    private static final class Opening {
        static List<AutoCloseable> all(Path path) throws IOException {
            return List.of(
                    new PrintWriter("name"),
                    new PrintStream("name"),
                    new Formatter("name"),
                    new Scanner(path),
                    new PrintWriter(path.toFile()));
        }
    }

    private static final class Harmless {
        static List<AutoCloseable> all() {
            return List.of(
                    new PrintWriter(new StringWriter()), new Scanner("text"), new Formatter(new StringBuilder()));
        }
    }

    @ArchTest
    static final ArchRule rocksdb_is_known_to_the_index_only = noClasses()
            .that()
            .resideOutsideOfPackage("io.daybook.index..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.rocksdb..")
            .because("the command has one exception, with a rule of its own: CliArchitectureTest");

    @ArchTest
    static final ArchRule the_index_opens_no_files = noClasses()
            .that()
            .resideInAPackage("io.daybook.index..")
            .should()
            .dependOnClassesThat(FILE_ACCESS)
            .orShould()
            .callConstructorWhere(NAMED_FILE)
            .because("the index knows no files: RocksDB has its own");

    @ArchTest
    static final ArchRule prometheus_is_known_to_stats_only = noClasses()
            .that()
            .resideOutsideOfPackages("io.daybook.stats..", "io.daybook.engine")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.prometheus..");

    @ArchTest
    static final ArchRule the_public_api_takes_a_registry_and_nothing_else_of_prometheus = noClasses()
            .that()
            .resideInAPackage("io.daybook.engine")
            .should()
            .dependOnClassesThat(resideInAPackage("io.prometheus..")
                    .and(DescribedPredicate.not(
                            JavaClass.Predicates.equivalentTo(io.prometheus.client.CollectorRegistry.class))));

    @ArchTest
    static final ArchRule files_are_opened_behind_the_storage_seam_only = noClasses()
            .that()
            .resideOutsideOfPackage("io.daybook.storage")
            .should()
            .dependOnClassesThat(FILE_ACCESS)
            .orShould()
            .callConstructorWhere(NAMED_FILE);

    /** F14: what does not ask for the wall clock cannot be misled by it. */
    @ArchTest
    static final ArchRule nothing_asks_for_the_wall_clock = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.daybook.engine..", "io.daybook.journal..", "io.daybook.storage..", "io.daybook.index..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat(assignableTo(Instant.class)
                    .or(assignableTo(Clock.class))
                    .or(assignableTo(Date.class))
                    .as("Instant, Clock or Date"))
            .because("it jumps; deadlines are of System.nanoTime or an injected clock");

    @ArchTest
    static final ArchRule journal_and_storage_know_neither_index_nor_engine = noClasses()
            .that()
            .resideInAnyPackage("io.daybook.journal..", "io.daybook.storage..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.daybook.index..", "io.daybook.engine..");

    @ArchTest
    static final ArchRule storage_knows_nothing_of_the_journal = noClasses()
            .that()
            .resideInAPackage("io.daybook.storage..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.daybook.journal..");

    @ArchTest
    static final ArchRule index_knows_neither_journal_nor_storage_nor_engine = noClasses()
            .that()
            .resideInAPackage("io.daybook.index..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.daybook.journal..", "io.daybook.storage..", "io.daybook.engine..");

    @ArchTest
    static final ArchRule stats_and_lease_know_no_other_part = classes()
            .that()
            .resideInAnyPackage("io.daybook.lease..", "io.daybook.stats..")
            .should()
            .onlyDependOnClassesThat(
                    DescribedPredicate.not(resideInAPackage("io.daybook..").and(notIn("lease", "stats"))));

    @ArchTest
    static final ArchRule lease_needs_the_jdk_only = classes()
            .that()
            .resideInAPackage("io.daybook.lease..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "io.daybook.lease..");

    @ArchTest
    static final ArchRule nothing_runs_on_the_common_pool = noClasses().should().accessTargetWhere(COMMON_POOL);

    /** Nor do tests: their tasks wait for each other, and from Java 25 on that pool has one thread on two cores. */
    @ArchTest
    static void no_test_runs_on_the_common_pool(JavaClasses all) throws URISyntaxException {
        URI tests = ArchitectureTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI();
        nothing_runs_on_the_common_pool.check(new ClassFileImporter().importPath(Path.of(tests)));
    }

    private static DescribedPredicate<JavaClass> notIn(String... parts) {
        DescribedPredicate<JavaClass> in = DescribedPredicate.alwaysFalse();
        for (String part : parts) {
            in = in.or(resideInAPackage("io.daybook." + part + ".."));
        }
        return DescribedPredicate.not(in);
    }

    private static boolean opensNamedFile(JavaConstructorCall call) {
        JavaClass owner = call.getTargetOwner();
        List<JavaClass> parameters = call.getTarget().getRawParameterTypes();
        JavaClass first = parameters.isEmpty() ? null : parameters.get(0);
        if (first == null) {
            return false;
        }
        boolean writes = owner.isAssignableTo(PrintWriter.class)
                || owner.isAssignableTo(PrintStream.class)
                || owner.isAssignableTo(Formatter.class);
        // A Scanner reads a string itself.
        boolean reads = owner.isAssignableTo(Scanner.class);
        return (writes && first.isEquivalentTo(String.class))
                || ((writes || reads) && (first.isEquivalentTo(File.class) || first.isEquivalentTo(Path.class)));
    }

    private static boolean runsOnCommonPool(JavaAccess<?> access) {
        JavaClass owner = access.getTargetOwner();
        String name = access.getTarget().getName();
        if (owner.isAssignableTo(CompletionStage.class)) {
            return name.endsWith("Async") && !takesExecutor(access);
        }
        if (owner.isEquivalentTo(ForkJoinPool.class)) {
            return name.equals("commonPool");
        }
        return name.equals("parallelStream") || (name.equals("parallel") && owner.isAssignableTo(BaseStream.class));
    }

    private static boolean takesExecutor(JavaAccess<?> access) {
        return access.getTarget() instanceof com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget unit
                && unit.getRawParameterTypes().stream().anyMatch(type -> type.isAssignableTo(Executor.class));
    }
}
