package dev.hearth.store.index;

import dev.hearth.store.HearthException;
import dev.hearth.store.index.IndexUnusable.Reason;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Creates, opens and removes the generations of the persistent index in the directory {@code index}.
 *
 * <p>
 * <b>Processes.</b> One at a time creates a given generation, of which {@link #nextGeneration} is one nobody has; any
 * number open it once it is published. An index is never repaired: what does not open is left alone until
 * {@link #deleteBelow} removes it.
 */
public final class PersistentIndexes {
    private PersistentIndexes() {}

    /**
     * Starts to build a generation under a temporary name, removing what an earlier attempt left. The whole file is
     * allocated at once.
     *
     * @throws HearthException.Full if there is no room for it; nothing is left behind then
     */
    public static PersistentIndex create(StoreFiles indexFiles, long generation, IndexSettings settings) {
        String name = IndexNames.building(generation);
        if (indexFiles.exists(IndexNames.published(generation))) {
            throw new IllegalArgumentException("generation=" + Long.toUnsignedString(generation) + " exists");
        }
        IndexGeometry geometry = ChronicleEntries.geometry(settings.maxEntries());
        indexFiles.delete(name);
        StoreFile file = indexFiles.create(name);
        try {
            file.allocate(0, geometry.fileBytes());
            writeEmpty(file, generation, settings, geometry);
            return new ChronicleIndex(indexFiles, file, generation, geometry, true);
        } catch (Throwable t) {
            discard(indexFiles, file, name, t);
            throw t;
        }
    }

    private static void writeEmpty(StoreFile file, long generation, IndexSettings settings, IndexGeometry geometry) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(geometry.headBytes(), 8)
                    .copyFrom(MemorySegment.ofArray(ChronicleEntries.head(settings.maxEntries())));
            file.write(0, head);
            int headCrc = IndexTrailer.crc(head, 0, head.byteSize());
            new IndexTrailer(file, geometry.trailerOffset(), arena)
                    .writeIdentity(settings.storeId(), generation, geometry, headCrc);
        }
    }

    private static void discard(StoreFiles files, StoreFile file, String name, Throwable because) {
        try {
            file.close();
            files.delete(name);
        } catch (RuntimeException e) {
            because.addSuppressed(e);
        }
    }

    /**
     * Opens a published generation, checking what was fixed when it was created; what changes is checked as it is used.
     *
     * @throws IndexUnusable if it is absent, foreign or damaged, within milliseconds
     */
    public static PersistentIndex open(StoreFiles indexFiles, long generation, IndexSettings settings) {
        String name = IndexNames.published(generation);
        if (!indexFiles.exists(name)) {
            throw new IndexUnusable(Reason.ABSENT, indexFiles.directory().resolve(name), "there is no such file");
        }
        StoreFile file;
        try {
            file = indexFiles.open(name, false);
        } catch (HearthException.Io | HearthException.Refused e) {
            throw new IndexUnusable(Reason.FAULT, indexFiles.directory().resolve(name), "opening failed", e);
        }
        try {
            IndexGeometry geometry = IndexTrailer.readIdentity(file, settings.storeId(), generation);
            return new ChronicleIndex(indexFiles, file, generation, geometry, false);
        } catch (HearthException.Io e) {
            file.close();
            throw new IndexUnusable(Reason.FAULT, file.path(), "reading failed", e);
        } catch (Throwable t) {
            file.close();
            throw t;
        }
    }

    /** The published generations, lowest first. */
    public static List<Long> generations(StoreFiles indexFiles) {
        return indexFiles.list().stream()
                .filter(name -> !IndexNames.isBuilding(name))
                .flatMapToLong(name -> IndexNames.generationOf(name).stream())
                .boxed()
                .sorted(Long::compareUnsigned)
                .toList();
    }

    /** Removes a generation that was published for nothing. */
    public static void delete(StoreFiles indexFiles, long generation) {
        indexFiles.delete(IndexNames.published(generation));
    }

    /** The generation behind all that are there, or are being built, or were. */
    public static long nextGeneration(StoreFiles indexFiles) {
        long highest = 0;
        for (String name : indexFiles.list()) {
            long generation = IndexNames.generationOf(name).orElse(0);
            // A name that leaves no room for the next one is none that was given by counting.
            highest = generation < Long.MAX_VALUE ? Math.max(generation, highest) : highest;
        }
        return highest + 1;
    }

    /**
     * Removes all generations below {@code generation}, and what was left of building them; who has one open keeps it.
     */
    public static void deleteBelow(StoreFiles indexFiles, long generation) {
        for (String name : indexFiles.list()) {
            var found = IndexNames.generationOf(name);
            if (found.isPresent() && Long.compareUnsigned(found.getAsLong(), generation) < 0) {
                indexFiles.delete(name);
            }
        }
    }
}
