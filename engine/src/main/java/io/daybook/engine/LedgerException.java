package io.daybook.engine;

/**
 * The root of everything the engine throws besides {@link IllegalArgumentException} and {@link NullPointerException},
 * which mean misuse. Unchecked; the tree is sealed, so that a {@code catch} can be complete.
 */
public abstract sealed class LedgerException extends RuntimeException
        permits CorruptEntryException,
                CorruptStoreException,
                DirectoryLockedException,
                DiskFullException,
                EngineBusyException,
                EngineClosedException,
                EngineFailedException,
                EngineReadOnlyException,
                LedgerFencedException,
                NoSuchEntryException,
                NoSuchLedgerException,
                NotAStoreException,
                UnsupportedFormatException {
    private static final long serialVersionUID = 1L;

    LedgerException(String message) {
        super(message);
    }

    LedgerException(String message, Throwable cause) {
        super(message, cause);
    }
}
