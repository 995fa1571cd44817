package dev.hearth.store.mark;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.io.DirectWords;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.LongPredicate;

/**
 * What each segment is used for, in which generation, and how far it is given out; shared by all processes.
 *
 * <p>
 * A segment goes from FREE by {@link #claim} to CLAIMED, by {@link #open} to OPEN, to SEALED, MARKED, by {@link
 * #release}, with its next generation, to RELEASED, and by {@link #free} back to FREE. Each step is one compare-and-set
 * of the state word, so that of several who try one succeeds. Claiming is done under the allocation lock; it is what
 * makes a segment whose claimer died tell itself ({@link #freeOrphans}). Opening a run, sealing and freeing belong to
 * the owner or to the holder of the writer lock.
 *
 * <p>
 * Loads are volatile: whoever adds a hold and then loads generation and state sees a mark that was set before the
 * holds were counted, or is counted. A word whose check bits are wrong is {@code HearthException.Corrupt}; a read
 * path that wants a miss instead looks at {@link #stateWord} itself. Any thread.
 */
public final class SegmentTable {
    private final Path file;
    private final long fileOffset;
    private final MemorySegment records;
    private final long address;
    private final int count;

    SegmentTable(Path file, long fileOffset, MemorySegment records, int count) {
        this.file = file;
        this.fileOffset = fileOffset;
        this.records = records;
        this.address = DirectWords.addressOf(records);
        this.count = count;
    }

    /** Number of segments. */
    public int count() {
        return count;
    }

    /** How many segments are free. */
    public int free() {
        int free = 0;
        for (int segment = 0; segment < count; segment++) {
            free += stateWord(segment) == SegmentWord.FREE ? 1 : 0;
        }
        return free;
    }

    /**
     * The sealed segment of a kind that comes first in the order in which segments were opened; -1 if there is none.
     */
    public int firstSealed(int kindId) {
        int first = -1;
        long firstPlace = 0;
        for (int segment = 0; segment < count; segment++) {
            long word = stateWord(segment);
            if (((int) word & 0xFF) == SegmentState.SEALED.id() && SegmentWord.kindId(word) == kindId) {
                long place = openedAt(segment);
                // The check bits of a few words only: that costs more than the rest.
                if ((first < 0 || Long.compareUnsigned(place, firstPlace) < 0) && SegmentWord.isValid(segment, word)) {
                    first = segment;
                    firstPlace = place;
                }
            }
        }
        return first;
    }

    /** The generation of the segment's present use, or, if it is free, of its next. */
    public long generation(int segment) {
        return load(segment, SegmentRecordDescriptor.GENERATION);
    }

    /** The state word as it is; see {@link SegmentWord}. */
    public long stateWord(int segment) {
        return load(segment, SegmentRecordDescriptor.STATE);
    }

    /** Whether {@link #stateWordDirect} can be used. */
    public boolean isDirect() {
        return address != DirectWords.NOWHERE;
    }

    /**
     * The state word as it is, if the segment is in this generation; else 0, the word of one that is free. For who
     * knows the segment to be below {@link #count}, and the file to stay mapped.
     */
    public long stateWordDirect(int segment, long generation) {
        long record = address + (long) segment * SegmentRecordDescriptor.BYTES;
        return DirectWords.getVolatile(record + SegmentRecordDescriptor.GENERATION) == generation
                ? DirectWords.getVolatile(record + SegmentRecordDescriptor.STATE)
                : 0;
    }

    /** Whether a segment is in a state, going by its state word without the check bits: for who looks at many. */
    public boolean seems(int segment, SegmentState state) {
        return ((int) stateWord(segment) & 0xFF) == state.id();
    }

    /** The state word, checked. */
    public long checkedStateWord(int segment) {
        long word = stateWord(segment);
        if (!SegmentWord.isValid(segment, word)) {
            long offset = fileOffset + offset(segment) + SegmentRecordDescriptor.STATE;
            throw new HearthException.Corrupt("state of segment " + segment, file, offset, "a word with its check bits",
                    Long.toHexString(word));
        }
        return word;
    }

    /** The state of a segment. */
    public SegmentState state(int segment) {
        return SegmentWord.state(checkedStateWord(segment));
    }

    /**
     * Takes a free segment, or the head of a free run, for {@code owner}; under the allocation lock.
     *
     * @param runSegments segments of the run; 1 for a segment alone
     * @return false, and nothing is changed, if one of them is not free
     */
    public boolean claim(int segment, int runSegments, Kind kind, long owner) {
        Objects.checkFromIndexSize(segment, runSegments, count);
        if (runSegments < 1 || owner == 0) {
            throw new IllegalArgumentException("runSegments=" + runSegments + " owner=" + owner);
        }
        for (int i = segment; i < segment + runSegments; i++) {
            if (state(i) != SegmentState.FREE) {
                return false;
            }
        }
        // The head first: members whose head does not count them are orphans.
        long word = SegmentWord.of(segment, SegmentState.CLAIMED, kind.id(), runSegments);
        if (!compareAndSet(segment, SegmentRecordDescriptor.STATE, checkedStateWord(segment), word)) {
            return false;
        }
        store(segment, SegmentRecordDescriptor.OWNER, owner);
        for (int distance = 1; distance < runSegments; distance++) {
            store(segment + distance, SegmentRecordDescriptor.STATE,
                    SegmentWord.of(segment + distance, SegmentState.RUN_MEMBER, kind.id(), distance));
        }
        return true;
    }

    /**
     * Makes a claimed segment, whose first units its header takes, open for reservations.
     *
     * @param openedAt its place in the order in which segments are opened
     */
    public void open(int segment, long firstOffsetUnits, long openedAt) {
        if (firstOffsetUnits < 0 || firstOffsetUnits > Integer.toUnsignedLong(-1)) {
            throw new IllegalArgumentException("firstOffsetUnits=" + firstOffsetUnits);
        }
        store(segment, SegmentRecordDescriptor.COMMITTED_BYTES, 0);
        store(segment, SegmentRecordDescriptor.OPENED_AT, openedAt);
        store(segment, SegmentRecordDescriptor.RESERVATION,
                Reservation.of(firstOffsetUnits, 0, generation(segment)));
        if (!transition(segment, SegmentState.CLAIMED, SegmentState.OPEN)) {
            throw new IllegalStateException("segment=" + segment + " state=" + state(segment));
        }
    }

    /**
     * Changes the state from {@code from} to {@code to}, keeping kind and run; returns whether it was {@code from}.
     */
    public boolean transition(int segment, SegmentState from, SegmentState to) {
        long word = checkedStateWord(segment);
        return SegmentWord.state(word) == from && compareAndSet(segment, SegmentRecordDescriptor.STATE, word,
                SegmentWord.of(segment, to, SegmentWord.kindId(word), SegmentWord.run(word)));
    }

    /**
     * Ends the generation of a segment: who looks it up from now on finds another. Its directory stays, so that what
     * speaks of its entries can be cleared away before it is freed. Under the writer lock; may be done again.
     *
     * @param generation     the one that ends; nothing is done if it has ended already
     * @param nextGeneration that of the next use: greater, and of the present epoch
     */
    public void release(int segment, long generation, long nextGeneration) {
        if (Long.compareUnsigned(nextGeneration, generation) <= 0) {
            throw new IllegalArgumentException("nextGeneration=" + Long.toUnsignedString(nextGeneration)
                    + " generation=" + Long.toUnsignedString(generation));
        }
        long word = checkedStateWord(segment);
        SegmentState state = SegmentWord.state(word);
        if (generation(segment) != generation || state == SegmentState.FREE || state == SegmentState.CLAIMED
                || state == SegmentState.RUN_MEMBER) {
            return;
        }
        long _ = closeReservations(segment);
        // The state first: who dies in between leaves a segment whose generation is ended by doing this again.
        store(segment, SegmentRecordDescriptor.STATE, SegmentWord.of(segment, SegmentState.RELEASED,
                SegmentWord.kindId(word), SegmentWord.run(word)));
        store(segment, SegmentRecordDescriptor.GENERATION, nextGeneration);
    }

    /**
     * Takes back every mark: for who took the writer lock from a dead holder, before it ends the generations that are
     * to end.
     */
    public void unmarkAll() {
        for (int segment = 0; segment < count; segment++) {
            if (SegmentWord.isValid(segment, stateWord(segment))) {
                transition(segment, SegmentState.MARKED, SegmentState.SEALED);
            }
        }
    }

    /**
     * Frees a segment, or a head and its run, giving it the generation of its next use.
     *
     * <p>
     * By whoever claimed it, or under the writer lock once nobody holds it. Who dies in the middle leaves orphans or
     * a segment that can be freed again.
     *
     * @param nextGeneration greater than the present one, or equal if it was never opened
     */
    public void free(int segment, long nextGeneration) {
        long word = checkedStateWord(segment);
        if (SegmentWord.state(word) == SegmentState.FREE || SegmentWord.state(word) == SegmentState.RUN_MEMBER) {
            throw new IllegalStateException("segment=" + segment + " state=" + SegmentWord.state(word));
        }
        if (Long.compareUnsigned(nextGeneration, generation(segment)) < 0) {
            throw new IllegalArgumentException("nextGeneration=" + Long.toUnsignedString(nextGeneration)
                    + " generation=" + Long.toUnsignedString(generation(segment)));
        }
        store(segment, SegmentRecordDescriptor.RESERVATION, Reservation.closed(Reservation.of(0, 0, nextGeneration)));
        store(segment, SegmentRecordDescriptor.GENERATION, nextGeneration);
        store(segment, SegmentRecordDescriptor.OWNER, 0);
        for (int distance = Math.min(SegmentWord.run(word), count - segment) - 1; distance > 0; distance--) {
            if (isMemberOf(segment, segment + distance)) {
                store(segment + distance, SegmentRecordDescriptor.STATE, 0);
            }
        }
        store(segment, SegmentRecordDescriptor.STATE, 0);
    }

    /**
     * Frees what was claimed by somebody who died before opening it; under the allocation lock.
     *
     * @param isAlive whether the owner of a {@link SlotWord} still is
     * @return how many segments
     */
    public int freeOrphans(LongPredicate isAlive) {
        int freed = 0;
        for (int segment = 0; segment < count; segment++) {
            if (!seems(segment, SegmentState.CLAIMED) && !seems(segment, SegmentState.RUN_MEMBER)) {
                continue;
            }
            long word = checkedStateWord(segment);
            if (SegmentWord.state(word) == SegmentState.CLAIMED) {
                long owner = owner(segment);
                if (owner == 0 || !isAlive.test(owner)) {
                    free(segment, generation(segment));
                    freed++;
                }
            } else if (SegmentWord.state(word) == SegmentState.RUN_MEMBER
                    && !isMemberOf(segment - SegmentWord.run(word), segment)) {
                store(segment, SegmentRecordDescriptor.STATE, 0);
                freed++;
            }
        }
        return freed;
    }

    private boolean isMemberOf(int head, int member) {
        if (head < 0) {
            return false;
        }
        long headWord = checkedStateWord(head);
        long word = checkedStateWord(member);
        SegmentState headState = SegmentWord.state(headWord);
        return SegmentWord.state(word) == SegmentState.RUN_MEMBER && SegmentWord.run(word) == member - head
                && headState != SegmentState.FREE && headState != SegmentState.RUN_MEMBER
                && SegmentWord.run(headWord) > member - head;
    }

    /**
     * Gives out an extent and a place in the directory, which grows down from the end of the segment.
     *
     * <p>
     * The caller holds the segment. The result carries both ({@link Reservation#offsetUnits},
     * {@link Reservation#directoryCount}), or is {@link Reservation#FULL} or {@link Reservation#STALE}.
     */
    public long reserve(int segment, long generation, ExtentRequest request) {
        while (true) {
            long word = reservation(segment);
            if (Reservation.isClosed(word) || !Reservation.isOfGeneration(word, generation)) {
                return Reservation.STALE;
            }
            long start = request.startAt(Reservation.offsetUnits(word));
            int place = Reservation.directoryCount(word);
            long end = start + request.units();
            if (place == Reservation.MOST_ENTRIES
                    || end > request.segmentUnits() - Reservation.directoryUnits(place + 1)) {
                return Reservation.FULL;
            }
            if (compareAndSet(segment, SegmentRecordDescriptor.RESERVATION, word,
                    Reservation.of(end, place + 1, generation))) {
                return Reservation.of(start, place, 0);
            }
        }
    }

    /**
     * Sets the end of what was given out back from {@code fromUnits} to {@code toUnits}; the directory is left as it
     * is.
     *
     * @return false, and nothing is changed, if more was given out since
     */
    public boolean giveBack(int segment, long generation, long fromUnits, long toUnits) {
        long word = reservation(segment);
        return Reservation.isOfGeneration(word, generation) && Reservation.offsetUnits(word) == fromUnits
                && compareAndSet(segment, SegmentRecordDescriptor.RESERVATION, word,
                        (word & ~Reservation.offsetUnits(-1L)) | toUnits);
    }

    /** Ends the giving out of extents; returns the word as it then is. */
    public long closeReservations(int segment) {
        while (true) {
            long word = reservation(segment);
            long closed = Reservation.closed(word);
            if (word == closed || compareAndSet(segment, SegmentRecordDescriptor.RESERVATION, word, closed)) {
                return closed;
            }
        }
    }

    /**
     * Lets extents be given out again where that was ended; nothing is done if the word is not what {@code closed} says
     * any more.
     *
     * @param closed what {@link #closeReservations} returned
     */
    public boolean reopenReservations(int segment, long closed) {
        return Reservation.isClosed(closed) && reservation(segment) == closed
                && compareAndSet(segment, SegmentRecordDescriptor.RESERVATION, closed, Reservation.open(closed));
    }

    /** Place of the segment in the order in which segments were opened. */
    public long openedAt(int segment) {
        return load(segment, SegmentRecordDescriptor.OPENED_AT);
    }

    /** Changes the place in the order to {@code to}; returns whether it was {@code from}. */
    public boolean restamp(int segment, long from, long to) {
        return openedAt(segment) == from && compareAndSet(segment, SegmentRecordDescriptor.OPENED_AT, from, to);
    }

    /** How far the segment is given out; see {@link Reservation}. */
    public long reservation(int segment) {
        return load(segment, SegmentRecordDescriptor.RESERVATION);
    }

    /** Bytes of entries that were made visible in it. */
    public long committedBytes(int segment) {
        return load(segment, SegmentRecordDescriptor.COMMITTED_BYTES);
    }

    /** Adds to the bytes of entries that were made visible; under the writer lock. */
    public void addCommittedBytes(int segment, long bytes) {
        long _ = (long) Words.LONGS.getAndAdd(records, offset(segment) + SegmentRecordDescriptor.COMMITTED_BYTES,
                bytes);
    }

    /** Bytes that the file system was made to give to the segment. */
    public long allocatedBytes(int segment) {
        return load(segment, SegmentRecordDescriptor.ALLOCATED_BYTES);
    }

    /** Notes what the file system was made to give. */
    public void setAllocatedBytes(int segment, long bytes) {
        store(segment, SegmentRecordDescriptor.ALLOCATED_BYTES, bytes);
    }

    /** Who claimed the segment, as a {@link SlotWord}; 0 is nobody. */
    public long owner(int segment) {
        return load(segment, SegmentRecordDescriptor.OWNER);
    }

    /** Puts a segment into a state whatever it was in: for recovery, while nobody else is attached. */
    public void restore(int segment, SegmentRecord record) {
        store(segment, SegmentRecordDescriptor.GENERATION, record.generation());
        store(segment, SegmentRecordDescriptor.RESERVATION, Reservation.closed(
                Reservation.of(record.offsetUnits(), record.directoryCount(), record.generation())));
        store(segment, SegmentRecordDescriptor.COMMITTED_BYTES, record.committedBytes());
        store(segment, SegmentRecordDescriptor.ALLOCATED_BYTES, record.allocatedBytes());
        store(segment, SegmentRecordDescriptor.OWNER, 0);
        store(segment, SegmentRecordDescriptor.OPENED_AT, record.openedAt());
        store(segment, SegmentRecordDescriptor.STATE,
                SegmentWord.of(segment, record.state(), record.kindId(), record.run()));
    }

    /**
     * What {@link #restore} puts into a record.
     *
     * @param generation     of the present use, or of the next if it is free
     * @param state          what it is used for
     * @param kindId         number of the kind, 0 if it is free
     * @param run            of a head the segments of its run, of a member its distance from the head, of a free one 0
     * @param offsetUnits    the first unit not given out
     * @param directoryCount entries given out
     * @param committedBytes bytes of visible entries
     * @param allocatedBytes space the file system gave
     * @param openedAt       place in the order in which segments were opened
     */
    public record SegmentRecord(long generation, SegmentState state, int kindId, int run, long offsetUnits,
            int directoryCount, long committedBytes, long allocatedBytes, long openedAt) {}

    private long load(int segment, int field) {
        return (long) Words.LONGS.getVolatile(records, offset(segment) + field);
    }

    private void store(int segment, int field, long value) {
        Words.LONGS.setVolatile(records, offset(segment) + field, value);
    }

    /** The word was loaded before: a compare-and-set of the interpreter does not survive a truncated file. */
    private boolean compareAndSet(int segment, int field, long loaded, long value) {
        return Words.LONGS.compareAndSet(records, offset(segment) + field, loaded, value);
    }

    private long offset(int segment) {
        return (long) Objects.checkIndex(segment, count) * SegmentRecordDescriptor.BYTES;
    }
}
