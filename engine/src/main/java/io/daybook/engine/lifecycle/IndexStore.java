package io.daybook.engine.lifecycle;

import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import java.io.IOException;

/**
 * Where the location index of a store is kept, and how one that is rebuilt takes the place of the old one. <b>Confined to the thread
 * that opens or closes</b>, but for {@link #markDamaged}.
 */
public interface IndexStore {

    /**
     * Opens the index that is here, or an empty one.
     *
     * @throws io.daybook.index.IndexException if it cannot be used: rebuild it
     */
    LocationIndex open() throws IOException;

    /**
     * Opens the index that is here for reading only, writing nothing: where there is no room to open it for writing.
     *
     * @throws io.daybook.index.IndexException if it cannot be used
     */
    default LocationIndex openForReading() throws IOException {
        throw new IndexException(IndexException.Kind.NO_SPACE, "no room to open the index", null);
    }

    /** Bytes that it may want at once, when it writes what it has gathered; 0: none worth a reserve. */
    default long reserveBytes() {
        return 0;
    }

    /** Opens an empty index beside the present one, which is closed. */
    LocationIndex openFresh() throws IOException;

    /** Puts the fresh index, which this closes, in the place of the old one, which goes; then opens it. */
    LocationIndex replaceBy(LocationIndex fresh) throws IOException;

    /** Notes that something in the index cannot be read: the next open builds it anew. */
    default void markDamaged() throws IOException {}
}
