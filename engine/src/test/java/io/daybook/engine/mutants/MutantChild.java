package io.daybook.engine.mutants;

import io.daybook.testing.ForkedJvm;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Runs finders on whatever classes this JVM has, up to the first that finds something. Arguments: the directory of the mutated
 * classes, {@code -} for none; how many names follow, and the names of the mutated classes; then the finders.
 */
public final class MutantChild {
    static final String FOUND = "FOUND ";
    static final String SURVIVED = "SURVIVED";
    private static final int TEXT_MAX = 300;

    /** Kept, as loggers that nobody holds are forgotten with their level. */
    private static final Logger LOG = Logger.getLogger("io.daybook");

    private MutantChild() {}

    /** The process. */
    public static void main(String[] args) throws Exception {
        LOG.setLevel(Level.OFF);
        int classes = Integer.parseInt(args[1]);
        for (int i = 2; i < 2 + classes; i++) {
            checkMutated(args[i], Path.of(args[0]));
        }
        for (int i = 2 + classes; i < args.length; i++) {
            Finder finder = Finder.parse(args[i]);
            finder.look(what -> end(FOUND + finder + " " + firstLine(what)));
        }
        end(SURVIVED);
    }

    /** A mutant that is not loaded proves nothing. */
    private static void checkMutated(String name, Path directory) throws Exception {
        Class<?> mutated = Class.forName(name, false, MutantChild.class.getClassLoader());
        Path from = Path.of(
                mutated.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (!from.toRealPath().equals(directory.toRealPath())) {
            throw new IllegalStateException(name + " was loaded from " + from);
        }
    }

    private static String firstLine(String text) {
        String line = text.strip().lines().findFirst().orElse("");
        return line.length() > TEXT_MAX ? line.substring(0, TEXT_MAX) : line;
    }

    /** At once: a mutant may have left threads that wait for ever. */
    private static void end(String result) {
        System.out.println();
        System.out.println(result);
        System.out.println(ForkedJvm.DONE);
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}
