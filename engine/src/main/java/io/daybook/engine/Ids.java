package io.daybook.engine;

import io.netty.buffer.ByteBuf;
import java.util.Objects;

/** The ranges of arguments, each with an error that names value and limit. */
final class Ids {
    static final long ENTRY_MAX = Long.MAX_VALUE - 1;
    static final int METADATA_BYTES_MAX = 1 << 20;

    private Ids() {}

    static void ledger(long ledgerId) {
        if (ledgerId < 0) {
            throw new IllegalArgumentException("ledger id " + ledgerId + " is not in 0 to " + Long.MAX_VALUE);
        }
    }

    static void entry(long entryId) {
        if (entryId < 0 || entryId > ENTRY_MAX) {
            throw new IllegalArgumentException("entry id " + entryId + " is not in 0 to " + ENTRY_MAX);
        }
    }

    static void entryOrNone(long entryId) {
        if (entryId < -1 || entryId > ENTRY_MAX) {
            throw new IllegalArgumentException("entry id " + entryId + " is not in -1 to " + ENTRY_MAX);
        }
    }

    static ByteBuf buffer(String what, ByteBuf buffer) {
        Objects.requireNonNull(buffer, what);
        if (buffer.refCnt() <= 0) {
            throw new IllegalArgumentException(
                    what + " was released already, its reference count is " + buffer.refCnt());
        }
        return buffer;
    }

    static void metadataBytes(int bytes) {
        if (bytes > METADATA_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "metadata of " + bytes + " bytes is over the limit of " + METADATA_BYTES_MAX);
        }
    }
}
