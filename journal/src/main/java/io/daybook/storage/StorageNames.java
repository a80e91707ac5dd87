package io.daybook.storage;

import java.util.Set;

/** Which names a file or directory of a store may have. */
final class StorageNames {
    /** Held open and locked by the owner of the directory; opened by nobody else, see {@link NioDirectoryLock}. */
    static final String LOCK = "LOCK";

    /** Tells who holds the lock, for messages only. */
    static final String PID = "PID";

    private static final Set<String> RESERVED = Set.of(LOCK, PID);

    private StorageNames() {}

    static boolean isReserved(String name) {
        return RESERVED.contains(name);
    }

    /** The name itself, if it is one path element and not reserved. */
    static String check(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0 || name.indexOf(0) >= 0) {
            throw new IllegalArgumentException("not a single path element: '" + name + "'");
        }
        if (isReserved(name)) {
            throw new IllegalArgumentException(name + " is reserved for the lock of the directory");
        }
        return name;
    }
}
