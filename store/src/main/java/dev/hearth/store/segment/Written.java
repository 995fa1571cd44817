package dev.hearth.store.segment;

import dev.hearth.store.Kind;
import dev.hearth.store.entry.EntryDescriptor;
import java.io.IOException;

/**
 * An entry whose bytes are in the data file and that nobody sees yet. Its segment is held so that it is still there
 * when the entry is committed: {@link EntryWriter#letGo} once it was, or was given up.
 *
 * @param entry what was written
 * @param hold  the hold on its segment
 */
public record Written(EntryDescriptor entry, int hold) {
    /** Fills an extent. */
    interface Filling {
        EntryDescriptor fill(Extent extent) throws IOException;
    }

    /** Reserves an extent and has it filled; if that fails the hold is given back, and the space is dead. */
    static Written into(Extents extents, Kind kind, long bytes, Filling filling) throws IOException {
        Extent extent = extents.reserve(kind, bytes);
        Written written = into(extents, extent, filling);
        if (extent.fresh()) {
            extents.ahead(kind);
        }
        return written;
    }

    static Written into(Extents extents, Extent extent, Filling filling) throws IOException {
        boolean written = false;
        try {
            EntryDescriptor entry = filling.fill(extent);
            written = true;
            return new Written(entry, extent.hold());
        } finally {
            extents.share(extent);
            if (!written) {
                extents.letGo(extent.segment(), extent.hold());
            }
        }
    }
}
