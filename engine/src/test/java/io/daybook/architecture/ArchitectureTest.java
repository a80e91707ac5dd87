package io.daybook.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.RandomAccessFile;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.BaseStream;

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
            .as("FileChannel, Files, RandomAccessFile, FileReader/Writer or File*Stream");

    private static final DescribedPredicate<JavaAccess<?>> COMMON_POOL =
            describe("runs on the common pool", ArchitectureTest::runsOnCommonPool);

    @ArchTest
    static final ArchRule rocksdb_is_known_to_the_index_only = noClasses()
            .that()
            .resideOutsideOfPackage("io.daybook.index..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.rocksdb..")
            .because("the command has one exception, with a rule of its own: CliArchitectureTest")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule the_index_opens_no_files = noClasses()
            .that()
            .resideInAPackage("io.daybook.index..")
            .should()
            .dependOnClassesThat(FILE_ACCESS)
            .because("the index knows no files: RocksDB has its own")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule prometheus_is_known_to_stats_only = noClasses()
            .that()
            .resideOutsideOfPackages("io.daybook.stats..", "io.daybook.engine")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.prometheus..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule the_public_api_takes_a_registry_and_nothing_else_of_prometheus = noClasses()
            .that()
            .resideInAPackage("io.daybook.engine")
            .should()
            .dependOnClassesThat(resideInAPackage("io.prometheus..")
                    .and(DescribedPredicate.not(
                            JavaClass.Predicates.equivalentTo(io.prometheus.client.CollectorRegistry.class))))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule files_are_opened_behind_the_storage_seam_only = noClasses()
            .that()
            .resideOutsideOfPackage("io.daybook.storage")
            .should()
            .dependOnClassesThat(FILE_ACCESS)
            .allowEmptyShould(true);

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
            .resideInAnyPackage("io.daybook.index..", "io.daybook.engine..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule storage_knows_nothing_of_the_journal = noClasses()
            .that()
            .resideInAPackage("io.daybook.storage..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.daybook.journal..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule index_knows_neither_journal_nor_storage_nor_engine = noClasses()
            .that()
            .resideInAPackage("io.daybook.index..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.daybook.journal..", "io.daybook.storage..", "io.daybook.engine..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule stats_and_lease_know_no_other_part = classes()
            .that()
            .resideInAnyPackage("io.daybook.lease..", "io.daybook.stats..")
            .should()
            .onlyDependOnClassesThat(
                    DescribedPredicate.not(resideInAPackage("io.daybook..").and(notIn("lease", "stats"))))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule lease_needs_the_jdk_only = classes()
            .that()
            .resideInAPackage("io.daybook.lease..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "io.daybook.lease..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule nothing_runs_on_the_common_pool =
            noClasses().should().accessTargetWhere(COMMON_POOL).allowEmptyShould(true);

    private static DescribedPredicate<JavaClass> notIn(String... parts) {
        DescribedPredicate<JavaClass> in = DescribedPredicate.alwaysFalse();
        for (String part : parts) {
            in = in.or(resideInAPackage("io.daybook." + part + ".."));
        }
        return DescribedPredicate.not(in);
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
