package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command itself does; the benchmarks have tests of their own. */
class BenchTest {
    @TempDir
    private Path directory;

    @AfterEach
    void forget() {
        System.clearProperty(BenchCommand.JAR_PROPERTY);
    }

    @Test
    void saysHowToBuildWhatIsNotThere() {
        System.setProperty(
                BenchCommand.JAR_PROPERTY, directory.resolve("benchmarks.jar").toString());
        Cli.run("bench", "--compare").failed(ExitCode.IO, "not built", "benchmarks.jar", "mvn -Ppeers");
    }

    @Test
    void refusesOptionsOfTheComparisonWithoutIt() {
        Cli.run("bench", "--size", "key").failed(ExitCode.MISUSE, "--compare");
        Cli.run("bench", "--compare", "--size", "large").failed(ExitCode.MISUSE, "--size", "large");
    }

    @Test
    void passesArgumentsOnAndTheExitCodeBack() throws Exception {
        makeJar();
        Path arguments = directory.resolve("arguments");
        for (int status = 0; status <= 3; status++) {
            Cli.Result result = Cli.run(
                    "bench",
                    "--compare",
                    "--size",
                    "KEY",
                    "--out",
                    arguments,
                    "--dir",
                    directory,
                    "--",
                    "--forks",
                    status);
            assertThat(result.err()).isEmpty();
            assertThat(result.status()).isEqualTo(status);
            assertThat(Files.readString(arguments))
                    .isEqualTo("--dir " + directory + " compare --size key --out " + arguments + " --forks " + status);
        }
    }

    @Test
    void anExitCodeThatMeansNothingHereIsAFailure() throws Exception {
        makeJar();
        Path arguments = directory.resolve("arguments");
        Cli.run("bench", "--compare", "--size", "key", "--out", arguments, "--dir", directory, "--", "--forks", 137)
                .failed(ExitCode.IO, "the benchmarks ended with exit code 137");
    }

    /** A jar that is called as the benchmarks are. */
    private void makeJar() throws IOException {
        Path jar = directory.resolve("benchmarks.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Recorder.class.getName());
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Recorder.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toString());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.finish();
        }
        System.setProperty(BenchCommand.JAR_PROPERTY, jar.toString());
    }

    /** Stands for the benchmarks: writes its arguments to where {@code --out} says, and ends with the number that is last. */
    static final class Recorder {
        private Recorder() {}

        public static void main(String[] args) throws Exception {
            Files.writeString(Path.of(args[6]), String.join(" ", args));
            System.exit(Integer.parseInt(args[args.length - 1]));
        }
    }
}
