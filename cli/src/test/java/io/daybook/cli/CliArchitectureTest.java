package io.daybook.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may use what in the command. The rules of the library's own modules stand with the engine. */
@AnalyzeClasses(packages = "io.daybook.cli", importOptions = ImportOption.DoNotIncludeTests.class)
class CliArchitectureTest {

    @ArchTest
    static final ArchRule rocksdb_is_known_to_the_bare_store_of_the_contrast_only = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.daybook.cli.contrast.BareStore")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.rocksdb..");

    @ArchTest
    static final ArchRule the_race_runs_in_the_child_only = classes()
            .that()
            .haveFullyQualifiedName("io.daybook.cli.contrast.CloseRace")
            .should()
            .onlyHaveDependentClassesThat()
            .haveNameMatching("io\\.daybook\\.cli\\.(DemoRaceCommand|contrast\\.CloseRace\\$.*)");
}
