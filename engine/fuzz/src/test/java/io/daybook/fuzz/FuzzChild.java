package io.daybook.fuzz;

import java.util.logging.Level;
import java.util.logging.Logger;

/** What Jazzer calls: hands its inputs to the target named in the first argument. */
public final class FuzzChild {
    private static Targets target;

    private FuzzChild() {}

    /** Called once by Jazzer. */
    public static void fuzzerInitialize(String[] args) {
        Logger.getLogger("io.daybook").setLevel(Level.OFF);
        target = Targets.valueOf(args[0]);
    }

    /** Called by Jazzer for each input. */
    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        target.check(input);
    }
}
