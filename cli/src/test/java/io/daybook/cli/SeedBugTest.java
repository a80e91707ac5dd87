package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(240)
class SeedBugTest {
    private static final String ERROR_FILE = """
            #
            # A fatal error has been detected by the Java Runtime Environment:
            #
            #  SIGSEGV (0xb) at pc=0x00007f5b2c97dbd2, pid=1, tid=2
            #
            # Problematic frame:
            # C  [librocksdbjni1.so+0x57dbd2]  rocksdb::DBImpl::GetIntProperty(rocksdb::Slice const&, unsigned long*)+0x32
            #
            """;

    private static final RaceRun CRASHED = RaceRun.of(1, "calls 10 2\n# A fatal error\n#\n", ERROR_FILE);
    private static final RaceRun ENDED = RaceRun.of(0, "calls 10 2\ncalls 30 7\nDONE\n", "");

    @Test
    void theBareHandleEndsJvmsAndDaybookNone() {
        // Of 20 JVMs with the bare handle 20 crashed, after 6 closes on average; so four that survive are not to be
        // feared.
        Cli.Result result = Cli.run("demo", "--seed-bug", "--runs", 4, "--json");
        result.good();
        assertThat(result.lines())
                .singleElement()
                .asString()
                .startsWith("{\"good\":true,\"runs\":4,\"roundsEach\":20,")
                .contains("\"daybookCrashes\":0,\"daybookEnded\":4,\"daybookRounds\":80,")
                .doesNotContain("\"bareCrashes\":0,", "\"daybookAnswered\":0,", "\"daybookRefused\":0}");
    }

    @Test
    void forPeople() {
        assertThat(new SeedBugResult(20, List.of(CRASHED, CRASHED, ENDED), List.of(ENDED, ENDED, ENDED)).lines())
                .containsExactly(
                        "                                   bare handle         Daybook",
                        "  JVMs                                       3               3",
                        "  JVMs that crashed                          2               0",
                        "  JVMs that came to their end                1               3",
                        "  closes that went well                      4               6",
                        "  calls answered                            50              90",
                        "  calls refused as closed                   11              21",
                        "",
                        "The bare handle ended its JVM:",
                        "  2 x  SIGSEGV in rocksdb::DBImpl::GetIntProperty");
    }

    @Test
    void aCrashIsToldWithSignalAndFunction() {
        assertThat(CRASHED.crashed()).isTrue();
        assertThat(CRASHED.ended()).isFalse();
        assertThat(CRASHED.how()).isEqualTo("SIGSEGV in rocksdb::DBImpl::GetIntProperty");
        assertThat(CRASHED.rounds()).isEqualTo(1);
        String unnamed = ERROR_FILE.replaceFirst("C  \\[librocksdbjni.*", "C  [libc.so.6+0x9f28f]");
        assertThat(RaceRun.of(1, "", unnamed).how()).isEqualTo("SIGSEGV in libc.so.6");
        String freed = ERROR_FILE.replaceFirst("C  \\[librocksdbjni.*", "C  0x00007f99d4000760");
        assertThat(RaceRun.of(1, "", freed).how()).isEqualTo("SIGSEGV in an unknown place");
        String java =
                ERROR_FILE.replaceFirst("C  \\[librocksdbjni.*", "J 123 c1 org.rocksdb.RocksDB.get(J[BII)[B (0 bytes)");
        assertThat(RaceRun.of(1, "", java).how()).contains("org.rocksdb.RocksDB.get");
        assertThat(RaceRun.of(134, "pthread lock: Invalid argument\n", "").how())
                .isEqualTo("signal 6: pthread lock: invalid argument");
        assertThat(RaceRun.of(134, "", "").crashed()).isTrue();
    }

    @Test
    void onlyWhatEndsWithItsLastLineCameToItsEnd() {
        assertThat(ENDED.ended()).isTrue();
        assertThat(ENDED.rounds()).isEqualTo(2);
        assertThat(ENDED.answered()).isEqualTo(30);
        assertThat(ENDED.refused()).isEqualTo(7);
        assertThat(RaceRun.of(0, "calls 10 2\n", "").ended()).isFalse();
        assertThat(RaceRun.of(0, "DONE\nmore\n", "").ended()).isFalse();
        assertThat(RaceRun.of(0, "DONE\n", ERROR_FILE).ended()).isFalse();
        assertThat(RaceRun.of(3, "DONE\n", "").ended()).isFalse();
        RaceRun hung = RaceRun.of(-1, "DONE\n", "");
        assertThat(hung.ended()).isFalse();
        assertThat(hung.crashed()).isFalse();
        assertThat(hung.how()).startsWith("hung");
    }

    @Test
    void itIsGoodOnlyIfTheBareHandleCrashedAndDaybookEndedAlways() {
        assertThat(new SeedBugResult(20, List.of(CRASHED, ENDED), List.of(ENDED, ENDED)).good())
                .isTrue();
        assertThat(new SeedBugResult(20, List.of(ENDED, ENDED), List.of(ENDED, ENDED)).good())
                .isFalse();
        assertThat(new SeedBugResult(20, List.of(CRASHED), List.of(CRASHED)).good())
                .isFalse();
        RaceRun hung = RaceRun.of(-1, "", "");
        assertThat(new SeedBugResult(20, List.of(CRASHED), List.of(hung)).daybookGood())
                .isFalse();
        assertThat(new SeedBugResult(20, List.of(hung), List.of(ENDED)).good()).isFalse();
    }

    @Test
    void optionsOfTheOtherDemoAreRefused() {
        Cli.run("demo", "--seed-bug", "--seconds", 2).failed(ExitCode.MISUSE, "--seconds", "--seed-bug");
        Cli.run("demo", "--seed-bug", "--ledgers", 2).failed(ExitCode.MISUSE, "--ledgers", "--seed-bug");
        Cli.run("demo", "--runs", 2).failed(ExitCode.MISUSE, "--runs", "--seed-bug");
        Cli.run("demo", "--seed-bug", "--runs", 0).failed(ExitCode.MISUSE, "--runs");
    }
}
