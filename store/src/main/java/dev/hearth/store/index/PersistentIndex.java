package dev.hearth.store.index;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One generation of the persistent index: where the newest applied version of every entry lies.
 *
 * <p>
 * <b>Threads and processes.</b> Whatever reads or changes the contents is called by the holder of the writer lock of
 * the store, and by nobody else: locks that are found taken inside the index are therefore orphans. {@link #prepare},
 * {@link #sync} and {@link #close} need no lock. All methods may be called from any thread of the process, and an
 * interrupt does no harm.
 * <p>
 * <b>Errors.</b> Every method but {@code close} throws {@link IndexUnusable} when the generation has to be abandoned,
 * and {@link IllegalStateException} after {@code close}.
 */
public interface PersistentIndex extends AutoCloseable {
    /** What a scan found. */
    record Scan(long entries, long damaged, boolean complete) {}

    /** The number of this generation. */
    long generation();

    /** How many entries this generation has room for. */
    long maxEntries();

    /** The last version that was wholly applied, as given to {@link #indexed}; 0 at first. */
    long indexedVersion();

    /** Number of entries. */
    long size();

    /** Does ahead what the first {@code get}, {@code put} or {@code remove} needs: some 0.2 s, once in a process. */
    void prepare();

    /**
     * What becomes of the descriptor of a digest, unless one of a version above {@code version} is there.
     *
     * @param entry what takes its place; null if it is removed, and none there is fine
     */
    record Change(long digestHi, long digestLo, long version, @Nullable EntryDescriptor entry) {
        static Change to(EntryDescriptor entry) {
            return new Change(entry.digestHi(), entry.digestLo(), entry.version(), entry);
        }
    }

    /**
     * Makes {@code changes} in their order. Doing it again changes nothing, so that a chunk of the log that was applied
     * in part is simply applied again, from its start and in its order. Many at once cost less than one by one.
     */
    void change(List<Change> changes);

    /** Makes {@code entry} the descriptor of its digest unless a higher version is there. */
    default void put(EntryDescriptor entry) {
        change(List.of(Change.to(entry)));
    }

    /**
     * Gives an index that is being built, and is empty, all that {@code source} has: descriptors of different digests,
     * each of which was checked. Much faster than putting them one by one.
     */
    void fill(EntryLayout.Source source);

    /** Removes the entry of a digest unless a version above {@code version} is there; none there is fine. */
    default void remove(long digestHi, long digestLo, long version) {
        change(List.of(new Change(digestHi, digestLo, version, null)));
    }

    /** The descriptor of a digest, or null. */
    @Nullable
    EntryDescriptor get(long digestHi, long digestLo);

    /** Notes that every version up to {@code version} is applied, and none above; a lower one changes nothing. */
    void indexed(long version);

    /**
     * Hands every descriptor to {@code consumer} in no order.
     *
     * <p>
     * Each was checked by its own checksum; damaged ones are counted and left out. {@code complete} says whether what
     * was handed out is exactly what the changes made until now leave there, nothing lost, old or
     * doubled, also after a power cut. When it is false, what was handed out must not be used for more than a hint.
     */
    Scan scan(Consumer<EntryDescriptor> consumer);

    /**
     * Ends the building of a new generation: from now on others can open it. Before, it is a file of another name that
     * {@link #close} removes.
     */
    void publish();

    /** Makes durable what was applied. Without it nothing is ever wrong, but a power cut may cost the index. */
    void sync();

    @Override
    void close();
}
