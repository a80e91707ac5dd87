package io.daybook.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How the demos run a command in a JVM of its own: with the java and the class path of this one. */
final class DemoJvm {
    private DemoJvm() {}

    /**
     * The command line.
     *
     * @param temporaryFiles where it unpacks its native library; one that is killed does not delete it
     * @param options of the JVM
     * @param arguments the command and what follows
     */
    static List<String> command(Path temporaryFiles, List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current()
                .info()
                .command()
                .orElse(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Djava.io.tmpdir=" + temporaryFiles);
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(arguments);
        return command;
    }
}
