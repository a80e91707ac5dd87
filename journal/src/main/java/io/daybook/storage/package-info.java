/**
 * The only way to files: a directory with positional I/O, explicit syncs and a lock.
 *
 * <p>Everything above this package sees {@link io.daybook.storage.Storage} and {@link io.daybook.storage.StorageFile};
 * {@code java.nio.file.Files} and channels appear nowhere else in the journal. Tests replace the disk by a simulated
 * one ({@code SimStorage} in the test jar), which loses, tears and reorders whatever was not synced.
 *
 * <pre>
 * engine, journal ──► Storage ──┬─► NioStorage ──► NioFile (reads, writes, syncs)
 *                               │        └───────► NioDirectoryLock (LOCK, PID)
 *                               └─► SimStorage, CountingStorage (tests)
 * </pre>
 *
 * <p><b>What is durable.</b> {@link io.daybook.storage.StorageFile#sync} covers the bytes of one file,
 * {@link io.daybook.storage.Storage#syncDirectory} the names of one directory; a new file needs both.
 *
 * <p><b>Threads.</b> All types are thread-safe and have no threads of their own. An interrupt neither ends a call nor
 * closes a file; the flag of the interrupted thread stays set.
 *
 * <p><b>Errors.</b> {@link io.daybook.storage.NoSpaceException} for a full disk or quota,
 * {@link io.daybook.storage.DirectoryInUseException} for a taken directory, otherwise what the JDK throws, with the
 * path in the message. Nothing is retried here, least of all a failed sync.
 *
 * <p><b>Reserved names.</b> {@code LOCK} and {@code PID} belong to the lock: they are in no listing and no call takes
 * them, because closing any descriptor of {@code LOCK} would silently give up the lock of the whole process.
 *
 * <p><b>Platforms.</b> POSIX file systems: syncing a directory needs one that can be opened, which Windows does not
 * allow.
 */
package io.daybook.storage;
