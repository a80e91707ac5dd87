package io.daybook.engine.lifecycle;

import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.DirectoryLockedException;
import io.daybook.engine.NotAStoreException;
import io.daybook.engine.UnsupportedFormatException;
import io.daybook.journal.JournalException;
import io.daybook.journal.JournalOpening;
import io.daybook.journal.StoreId;
import io.daybook.storage.DirectoryInUseException;
import io.daybook.storage.DirectoryLock;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The directories of a store: locks each of them, and sees to it that they belong together. Each carries a file {@code STORE}
 * with the store's id and the directory's role; a new store is made only where all of them are empty.
 *
 * <p><b>Confined to the thread that opens or closes.</b>
 */
public final class StoreDirectory {
    private static final String IDENTITY = "STORE";
    private static final long MAGIC = 0x5254534B42594144L; // "DAYBKSTR"
    private static final int VERSION = 1;
    private static final int READ_TRIES = 3;
    private static final int IDENTITY_BYTES = 40;

    /** What a crash while a store was made, or a tool of the system, may leave in a directory that counts as empty. */
    private static final Set<String> IGNORED = Set.of("LOCK", "PID", IDENTITY, "lost+found", "journal", "data");

    private final Storage root;
    private final Storage journal;
    private final List<DirectoryLock> locks = new ArrayList<>();

    private StoreDirectory(Storage root, Storage journal) {
        this.root = root;
        this.journal = journal;
    }

    /** Locks the directories for writing. */
    public static StoreDirectory lock(Storage root, Storage journal) throws IOException {
        StoreDirectory directory = new StoreDirectory(root, journal);
        try {
            directory.lockOne(root);
            directory.lockOne(journal);
            return directory;
        } catch (Throwable e) {
            directory.release();
            throw e;
        }
    }

    /** Looks at the directories without locking or changing anything. */
    public static StoreDirectory unlocked(Storage root, Storage journal) {
        return new StoreDirectory(root, journal);
    }

    private void lockOne(Storage storage) throws IOException {
        try {
            locks.add(storage.lock());
        } catch (DirectoryInUseException e) {
            throw new DirectoryLockedException(e.getMessage(), e.holder(), e);
        }
    }

    /** Recovers the journal of the store that is here, or makes a store. */
    public JournalOpening openJournal(SecureRandom random) throws IOException {
        if (JournalOpening.exists(root)) {
            checkIdentities();
            return JournalOpening.recover(root, journal, random);
        }
        refuseForeign(root, journal);
        StoreId store = JournalOpening.newStoreId(random);
        // The manifest comes last: until it is there, the next open finds directories that count as empty.
        writeIdentity(journal, "journal", store);
        writeIdentity(root, "root", store);
        return JournalOpening.create(root, journal, store, random);
    }

    /** Refuses directories in which no store is; changes nothing. */
    public void checkStore() throws IOException {
        if (!JournalOpening.exists(root)) {
            throw new NotAStoreException(root.description() + " holds no store");
        }
    }

    /** Reads the journal of the store that is here, without changing anything. */
    public JournalOpening readJournal(SecureRandom random) throws IOException {
        checkStore();
        checkIdentities();
        for (int tries = 1; ; tries++) {
            try {
                return JournalOpening.readOnly(root, journal, random);
            } catch (JournalException | NoSuchFileException e) {
                // Beside a writer the look is not one moment: only what is found again and again is damage.
                if (tries == READ_TRIES) {
                    throw e;
                }
            }
        }
    }

    /** Refuses directories that hold neither a store nor nothing; changes nothing. They need not exist. */
    public static void checkForeign(Storage root, Storage journal) throws IOException {
        try {
            if (!JournalOpening.exists(root)) {
                refuseForeign(root, journal);
            }
        } catch (NotAStoreException | CorruptStoreException e) {
            // Another process may have made a store there in between.
            if (!JournalOpening.exists(root)) {
                throw e;
            }
        }
    }

    private static void refuseForeign(Storage root, Storage journal) throws IOException {
        for (String name : root.list()) {
            if (!IGNORED.contains(name) && !name.startsWith("manifest-")) {
                throw new NotAStoreException(root.description() + " is not empty and holds no store: " + name);
            }
        }
        for (String name : journal.list()) {
            if (!IGNORED.contains(name)) {
                throw new CorruptStoreException(journal.description() + " holds " + name + ", but " + root.description()
                        + " has no manifest: part of a store is missing");
            }
        }
    }

    private void checkIdentities() throws IOException {
        StoreId store = JournalOpening.storeId(root);
        checkIdentity(root, "root", store);
        checkIdentity(journal, "journal", store);
    }

    /**
     * Checks that the directories belong together.
     *
     * @return what is wrong with which, empty: nothing; the paths of the files in order of the faults
     */
    public static Map<String, String> identityFaults(Storage root, Storage journal) throws IOException {
        StoreId store = JournalOpening.storeId(root);
        Map<String, String> faults = new LinkedHashMap<>();
        identityFault(root, "root", store, faults);
        identityFault(journal, "journal", store, faults);
        return faults;
    }

    private static void identityFault(Storage storage, String role, StoreId store, Map<String, String> faults) {
        String file = storage.description() + "/" + IDENTITY;
        try {
            checkIdentity(storage, role, store);
        } catch (CorruptStoreException e) {
            faults.put(file, e.getMessage());
        } catch (IOException e) {
            faults.put(file, "cannot be read: " + e.getMessage());
        }
    }

    private static void checkIdentity(Storage storage, String role, StoreId store) throws IOException {
        String file = storage.description() + "/" + IDENTITY;
        if (!storage.exists(IDENTITY)) {
            throw new CorruptStoreException(
                    file + " is missing: the " + role + " directory of store " + store + " is not here (not mounted?)");
        }
        ByteBuffer in = ByteBuffer.allocate(IDENTITY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (StorageFile identity = storage.open(IDENTITY, Storage.Access.READ)) {
            identity.readFully(in, 0);
        }
        if (in.position() < IDENTITY_BYTES || in.getLong(0) != MAGIC || in.getInt(36) != checksum(in)) {
            throw new CorruptStoreException(file + " is damaged at 0");
        }
        if (in.getInt(8) != VERSION) {
            throw new UnsupportedFormatException(
                    file + " has format version " + in.getInt(8) + ", this release knows " + VERSION);
        }
        StoreId found = new StoreId(in.getLong(16), in.getLong(24));
        if (!found.equals(store) || in.getInt(12) != roleCode(role)) {
            throw new CorruptStoreException(file + " belongs to store " + found + " or to another role than " + role
                    + " at 12, the manifest to store " + store);
        }
    }

    private static void writeIdentity(Storage storage, String role, StoreId store) throws IOException {
        if (storage.exists(IDENTITY)) {
            storage.delete(IDENTITY);
        }
        ByteBuffer out = ByteBuffer.allocate(IDENTITY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(0, MAGIC).putInt(8, VERSION).putInt(12, roleCode(role));
        out.putLong(16, store.high()).putLong(24, store.low()).putInt(32, 0);
        out.putInt(36, checksum(out));
        try (StorageFile identity = storage.create(IDENTITY)) {
            identity.writeFully(out, 0);
            identity.sync(true);
        }
        storage.syncDirectory();
    }

    private static int roleCode(String role) {
        return role.equals("root") ? 1 : 2;
    }

    private static int checksum(ByteBuffer identity) {
        CRC32C crc = new CRC32C();
        ByteBuffer covered = identity.duplicate();
        covered.clear().limit(36);
        crc.update(covered);
        return (int) crc.getValue();
    }

    /** Returns the root. */
    public Storage root() {
        return root;
    }

    /** Gives the directories back; a second call does nothing. */
    public void release() throws IOException {
        IOException failure = null;
        for (int i = locks.size() - 1; i >= 0; i--) {
            try {
                locks.get(i).close();
            } catch (IOException e) {
                failure = e;
            }
        }
        locks.clear();
        if (failure != null) {
            throw failure;
        }
    }
}
