package dev.hearth.store.index;

import static dev.hearth.store.index.IndexTrailerDescriptor.MOST_CHANGES;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.index.IndexUnusable.Reason;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An index file: the Chronicle Map in it, the trailer that says what it holds, and the reader that checks both.
 *
 * <p>
 * While it is built nobody else knows the file, and the state is kept in memory; once it is published the state lies in
 * the trailer, is read by each call anew and announces changes before they are made, as many as it has room for with
 * one write, because this process may die at any instruction, and another go on. Chronicle is started when it is first
 * needed: scanning does without it.
 *
 * <p>
 * Thread-safe by its monitor, which keeps a {@code close} from unmapping what another thread uses.
 */
final class ChronicleIndex implements PersistentIndex {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final StoreFiles files;
    private final StoreFile file;
    private final long generation;
    private final IndexGeometry geometry;
    private final Arena arena = Arena.ofShared();
    private final IndexTrailer trailer;
    private final SegmentReader reader;
    private final BitSet checkedSegments = new BitSet();
    private final byte[] key = new byte[IndexGeometry.KEY_BYTES];
    private final byte[] value = new byte[EntryLayout.BYTES];
    private final byte[] found = new byte[EntryLayout.BYTES];
    private final MemorySegment keySegment = MemorySegment.ofArray(key);
    /** Descriptors of the changes that are announced together. */
    private final byte[] encoded = new byte[MOST_CHANGES * EntryLayout.BYTES];
    private final MemorySegment encodedSegment = MemorySegment.ofArray(encoded);
    private final MemorySegment foundSegment = MemorySegment.ofArray(found);
    private @Nullable ChronicleEntries entries;
    /** The state while nobody else knows the file; null once it is published. */
    private @Nullable IndexState building;
    /** The state whose announced changes this instance has made; another process may write one of the same number. */
    private @Nullable IndexState made;
    private boolean closed;

    /** Takes over {@code file}. */
    ChronicleIndex(StoreFiles files, StoreFile file, long generation, IndexGeometry geometry, boolean building) {
        this.files = files;
        this.file = file;
        this.generation = generation;
        this.geometry = geometry;
        this.trailer = new IndexTrailer(file, geometry.trailerOffset(), arena);
        this.reader = new SegmentReader(file, geometry, arena);
        this.building = building ? IndexState.EMPTY : null;
    }

    @Override
    public long generation() {
        return generation;
    }

    @Override
    public long maxEntries() {
        return geometry.maxEntries();
    }

    @Override
    public synchronized long indexedVersion() {
        return guarded(() -> state().version());
    }

    @Override
    public synchronized long size() {
        return guarded(() -> settledState().entries());
    }

    @Override
    public synchronized void prepare() {
        guarded(this::entries);
    }

    @Override
    public synchronized void fill(EntryLayout.Source source) {
        guarded(() -> {
            if (!IndexState.EMPTY.equals(building)) {
                throw new IllegalStateException("generation=" + generation + " is not empty and being built");
            }
            try (Arena memory = Arena.ofConfined()) {
                SegmentFiller filler = new SegmentFiller(file, geometry, memory);
                source.forEach(filler);
                building = filler.finish();
            }
            // Nobody else knows the file, and what this process wrote there a moment ago it need not read again.
            checkedSegments.set(0, geometry.segments());
            return true;
        });
    }

    @Override
    public synchronized void change(List<Change> changes) {
        guarded(() -> {
            IndexState state = settledState();
            List<Change> announced = new ArrayList<>(MOST_CHANGES);
            List<IndexState.Pending> pending = new ArrayList<>(MOST_CHANGES);
            for (Change change : changes) {
                if (pending.size() == MOST_CHANGES || isOneOf(pending, change)) {
                    state = make(state, announced, pending);
                    announced.clear();
                    pending.clear();
                }
                IndexState.Pending next = pending(change, pending.size() * EntryLayout.BYTES);
                if (next != null) {
                    announced.add(change);
                    pending.add(next);
                }
            }
            make(state, announced, pending);
            return true;
        });
    }

    private static boolean isOneOf(List<IndexState.Pending> pending, Change change) {
        for (int i = 0; i < pending.size(); i++) {
            if (pending.get(i).isOf(change.digestHi(), change.digestLo())) {
                return true;
            }
        }
        return false;
    }

    /** What a change comes to, its descriptor left at {@code at} in {@link #encoded}; null if nothing. */
    private IndexState.@Nullable Pending pending(Change change, int at) {
        long hashBefore = 0;
        if (find(change.digestHi(), change.digestLo())) {
            if (Long.compareUnsigned(checkedFound().version(), change.version()) > 0) {
                return null;
            }
            hashBefore = EntryHash.of(foundSegment, 0);
        }
        long hashAfter = 0;
        EntryDescriptor entry = change.entry();
        if (entry != null) {
            EntryLayout.write(entry, encodedSegment, at);
            hashAfter = EntryHash.of(encodedSegment, at);
        }
        return hashBefore == hashAfter
                ? null
                : new IndexState.Pending(change.digestHi(), change.digestLo(), hashBefore, hashAfter);
    }

    /** Announces changes, makes them, and returns the state behind them. */
    private IndexState make(IndexState state, List<Change> changes, List<IndexState.Pending> pending) {
        if (pending.isEmpty()) {
            return state;
        }
        IndexState announced = state.announcing(pending);
        if (building == null) {
            trailer.writeState(announced);
        }
        long count = state.entries();
        for (int i = 0; i < changes.size(); i++) {
            count += pending.get(i).presence();
            if (count > geometry.maxEntries()) {
                throw new IndexUnusable(Reason.FULL, file.path(), "maxEntries=" + geometry.maxEntries());
            }
            make(changes.get(i), i * EntryLayout.BYTES, count);
        }
        IndexState settled = announced.settled(IndexState.Pending::hashAfter);
        if (building == null) {
            made = announced;
        } else {
            building = settled;
        }
        return settled;
    }

    private void make(Change change, int at, long count) {
        setKey(change.digestHi(), change.digestLo());
        if (change.entry() == null) {
            boolean _ = entries().remove(key);
            return;
        }
        System.arraycopy(encoded, at, value, 0, EntryLayout.BYTES);
        if (!entries().put(key, value)) {
            throw new IndexUnusable(Reason.FULL, file.path(), "a segment is full: entries=" + count + " maxEntries="
                    + geometry.maxEntries());
        }
    }

    @Override
    public synchronized @Nullable EntryDescriptor get(long digestHi, long digestLo) {
        return guarded(() -> {
            if (!find(digestHi, digestLo)) {
                return null;
            }
            return checkedFound();
        });
    }

    @Override
    public synchronized void indexed(long version) {
        guarded(() -> {
            IndexState state = settledState();
            if (Long.compareUnsigned(version, state.version()) > 0) {
                IndexState next = state.withVersion(version);
                if (building == null) {
                    trailer.writeState(next);
                } else {
                    building = next;
                }
            }
            return true;
        });
    }

    @Override
    public synchronized Scan scan(Consumer<EntryDescriptor> consumer) {
        return guarded(() -> {
            IndexScan scan = new IndexScan(state(), consumer);
            for (int segment = 0; segment < geometry.segments(); segment++) {
                reader.forEach(segment, scan);
                checkedSegments.set(segment);
            }
            return scan.result();
        });
    }

    @Override
    public synchronized void publish() {
        guarded(() -> {
            IndexState state = building;
            if (state == null) {
                throw new IllegalStateException("generation=" + generation + " is published already");
            }
            trailer.writeState(state);
            files.rename(IndexNames.building(generation), IndexNames.published(generation));
            files.syncDirectory();
            building = null;
            return true;
        });
    }

    @Override
    public synchronized void sync() {
        guarded(() -> {
            file.sync();
            return true;
        });
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (entries != null) {
                entries.close();
            }
        } finally {
            arena.close();
            file.close();
            if (building != null) {
                files.delete(IndexNames.building(generation));
            }
        }
    }

    private IndexState state() {
        return building == null ? trailer.readState() : building;
    }

    /** The state in which each change that was announced is counted as made or not made. */
    private IndexState settledState() {
        IndexState state = state();
        if (!state.isPending()) {
            return state;
        }
        if (state.equals(made)) {
            return state.settled(IndexState.Pending::hashAfter);
        }
        return state.settled(change -> find(change.digestHi(), change.digestLo()) ? EntryHash.of(foundSegment, 0) : 0);
    }

    /** Copies what is there for a digest to {@link #found}, and leaves the digest in {@link #key}. */
    private boolean find(long digestHi, long digestLo) {
        setKey(digestHi, digestLo);
        return entries().get(key, found);
    }

    private void setKey(long digestHi, long digestLo) {
        keySegment.set(LONG, 0, digestHi);
        keySegment.set(LONG, Long.BYTES, digestLo);
    }

    /** What was found: whole, and of the key that was looked for. */
    private EntryDescriptor checkedFound() {
        boolean whole = EntryLayout.isValid(foundSegment, 0)
                && EntryLayout.digestHi(foundSegment, 0) == keySegment.get(LONG, 0)
                && EntryLayout.digestLo(foundSegment, 0) == keySegment.get(LONG, Long.BYTES);
        if (!whole) {
            throw new IndexUnusable(Reason.DAMAGED, file.path(), "the entry of digest="
                    + Long.toHexString(keySegment.get(LONG, 0)) + Long.toHexString(keySegment.get(LONG, Long.BYTES)));
        }
        return EntryLayout.read(foundSegment, 0);
    }

    private ChronicleEntries entries() {
        ChronicleEntries opened = entries;
        if (opened == null) {
            opened = ChronicleEntries.open(file.path(), geometry, this::checkOnce);
            entries = opened;
        }
        return opened;
    }

    private void checkOnce(int segment) {
        if (!checkedSegments.get(segment)) {
            reader.check(segment);
            checkedSegments.set(segment);
        }
    }

    /** Runs {@code action} and says of whatever it hits that this generation is of no more use. */
    private <T extends @Nullable Object> T guarded(Supplier<T> action) {
        if (closed) {
            throw new IllegalStateException("the index is closed: generation=" + generation);
        }
        try {
            return action.get();
        } catch (InternalError e) {
            throw new IndexUnusable(Reason.FAULT, file.path(), "reading mapped memory failed", e);
        } catch (HearthException.Io e) {
            throw new IndexUnusable(Reason.FAULT, file.path(), "reading or writing failed", e);
        }
    }
}
