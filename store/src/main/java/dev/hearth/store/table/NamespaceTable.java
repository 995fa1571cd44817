package dev.hearth.store.table;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.DirectWords;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces of a store, in the memory of the lookup table: who they are, when each ended, and what each holds.
 *
 * <p>
 * <b>Ending.</b> A record has two ended-at words. An entry is dead if one of them is applied and not below the
 * version of the entry; so the end of a namespace is one store, whatever its size, and what its entries leave in the
 * lookup table is cleared away later. There are two words because a number is used again: while the end of its second
 * namespace is stored but not yet applied, the end of the first must stay in force. The holder of the writer lock
 * overwrites the smaller word. A reader that finds a word which is not applied yet loads {@code last applied} again:
 * the end that the overwritten word stood for, or a later one, was applied before it was overwritten, and the other
 * word still covers it.
 *
 * <p>
 * <b>Defining.</b> A record is only rewritten when it has none or an ended namespace in it. The ready word is taken
 * away first and stored last, and is the version of the definition, so readers of the texts check it before and
 * after. A writer that dies in between leaves a record that is not ready; doing the definition again completes it.
 *
 * <p>
 * Threads: {@link #define}, {@link #end} and what keeps the totals are for the holder of the writer lock, all else is
 * free to all. Nothing that is newer than {@code last applied} is visible to readers.
 */
public final class NamespaceTable {
    private static final VarHandle LONG = Words.LONG;
    private static final Path FILE = Path.of("table");

    private final MemorySegment records;
    private final TableHeader header;
    private final AppliedWord lastApplied;
    private final Steps steps;
    private final int count;

    NamespaceTable(MemorySegment records, TableHeader header, AppliedWord lastApplied, Steps steps) {
        this.records = records;
        this.header = header;
        this.lastApplied = lastApplied;
        this.steps = steps;
        this.count = (int) (records.byteSize() / NamespaceDescriptor.RECORD_BYTES);
    }

    /** How many namespaces there can be at a time; their numbers are below. */
    public int capacity() {
        return count;
    }

    /** The visible namespace with this name and revision, or null. */
    public @Nullable NamespaceRecord find(String name, String revision) {
        Objects.requireNonNull(revision, "revision");
        return newest(name, revision);
    }

    /** The visible namespace with this name that was defined last, whatever its revision, or null. */
    public @Nullable NamespaceRecord newest(String name) {
        return newest(name, null);
    }

    /** The visible namespace with this number, or null. */
    public @Nullable NamespaceRecord byNumber(int number) {
        checkNumber(number);
        return isVisible(number) ? read(number) : null;
    }

    /** All visible namespaces by number, except records that are damaged. */
    public List<NamespaceRecord> list() {
        List<NamespaceRecord> found = new ArrayList<>();
        int limit = Math.min(count, header.namespaceLimit());
        for (int number = 0; number < limit; number++) {
            NamespaceRecord namespace = isVisible(number) ? read(number) : null;
            if (namespace != null) {
                found.add(namespace);
            }
        }
        return found;
    }

    /**
     * Whether an entry of this namespace and version is dead because the namespace was ended after it, or cannot be at
     * all.
     */
    boolean isDead(int number, long version, long applied) {
        if (number < 0 || number >= count) {
            return true;
        }
        long at = at(number);
        long ended = (long) LONG.getAcquire(records, at + NamespaceDescriptor.ENDED_OFFSET);
        long otherEnded = (long) LONG.getAcquire(records, at + NamespaceDescriptor.OTHER_ENDED_OFFSET);
        return (ended | otherEnded) != 0 && isDead(ended, otherEnded, version, applied);
    }

    private boolean isDead(long ended, long otherEnded, long version, long applied) {
        boolean known = AppliedWord.covers(applied, ended) && AppliedWord.covers(applied, otherEnded);
        long limit = known ? applied : lastApplied.get();
        return (AppliedWord.covers(ended, version) && AppliedWord.covers(limit, ended))
                || (AppliedWord.covers(otherEnded, version) && AppliedWord.covers(limit, otherEnded));
    }

    /** Where the records start; {@link DirectWords#NOWHERE} if they are on the heap. */
    long address() {
        return DirectWords.addressOf(records);
    }

    /**
     * The lowest number that has no namespace and may be defined; -1 if there is none. For the lock holder.
     *
     * <p>
     * A number is free once the end of its namespace is applied: entries of the old namespace have versions that its
     * end covers, and entries of the new one have later versions.
     */
    public int nextFreeNumber() {
        for (int number = 0; number < count; number++) {
            if (isFree(number)) {
                return number;
            }
        }
        return -1;
    }

    /**
     * Defines a namespace; defining it again with the same version changes nothing. For the lock holder.
     *
     * @param version the commit that defines it
     * @throws IllegalArgumentException if a text is too long, or the number is out of range or has another namespace
     */
    public void define(int number, String name, String revision, String fingerprint, long version) {
        checkNumber(number);
        if (version == 0) {
            throw new IllegalArgumentException("version=" + version);
        }
        NamespaceImage image = NamespaceImage.of(number, name, revision, fingerprint, version);
        if (ready(number) == version) {
            return;
        }
        if (!isFree(number)) {
            throw new IllegalArgumentException("number=" + number + " is taken");
        }
        long at = at(number);
        LONG.setRelease(records, at + NamespaceDescriptor.READY_OFFSET, 0L);
        steps.stored();
        VarHandle.storeStoreFence();
        image.writeTo(records, at, steps);
        setTotals(number, new Totals());
        header.raiseNamespaceLimit(number + 1);
        LONG.setRelease(records, at + NamespaceDescriptor.READY_OFFSET, version);
        steps.stored();
    }

    /**
     * Ends a namespace: every entry of it with a version up to {@code version} is dead once that is applied. Ending it
     * again with the same version changes nothing. For the lock holder.
     */
    public void end(int number, long version) {
        checkNumber(number);
        long at = at(number);
        long ended = (long) LONG.getAcquire(records, at + NamespaceDescriptor.ENDED_OFFSET);
        long otherEnded = (long) LONG.getAcquire(records, at + NamespaceDescriptor.OTHER_ENDED_OFFSET);
        if (ended != version && otherEnded != version) {
            int smaller = AppliedWord.covers(otherEnded, ended)
                    ? NamespaceDescriptor.ENDED_OFFSET
                    : NamespaceDescriptor.OTHER_ENDED_OFFSET;
            LONG.setRelease(records, at + smaller, version);
            steps.stored();
        }
        setTotals(number, new Totals());
    }

    /** What a namespace holds. While a commit is being applied its entries count beside those they replace. */
    public Totals totals(int number) {
        checkNumber(number);
        Totals totals = new Totals();
        addTotals(number, totals);
        return totals;
    }

    /** What all namespaces hold together. */
    Totals totals() {
        Totals totals = new Totals();
        int limit = Math.min(count, header.namespaceLimit());
        for (int number = 0; number < limit; number++) {
            addTotals(number, totals);
        }
        return totals;
    }

    /** Whether this number has not been given to another namespace than the one that {@code definedAt} defined. */
    public boolean isStill(int number, long definedAt) {
        return number >= 0 && number < NamespaceDescriptor.RECORDS && ready(number) == definedAt;
    }

    /**
     * Whether the namespace that {@code definedAt} defined under this number is there and was not ended, be that
     * applied or not. For the lock holder.
     */
    public boolean isAlive(int number, long definedAt) {
        return isStill(number, definedAt) && !isEnded(number, definedAt);
    }

    /** Lock holder: whether the namespace was ended after this version, be that applied or not. */
    boolean isEnded(int number, long version) {
        if (number < 0 || number >= count) {
            return true;
        }
        long at = at(number);
        return AppliedWord.covers((long) LONG.getAcquire(records, at + NamespaceDescriptor.ENDED_OFFSET), version)
                || AppliedWord.covers((long) LONG.getAcquire(records, at + NamespaceDescriptor.OTHER_ENDED_OFFSET),
                        version);
    }

    /** Lock holder: counts an entry that comes (1) or goes (-1). */
    void count(TableEntry entry, int sign) {
        long at = at(entry.namespace()) + NamespaceDescriptor.TOTALS_OFFSET + 8L * Totals.column(entry.kind());
        if (!entry.isManifest()) {
            add(at + 8L * Totals.ENTRIES, sign);
            add(at + 8L * Totals.LOGICAL_BYTES, sign * entry.logicalBytes());
        }
        add(at + 8L * Totals.STORED_BYTES, sign * entry.extentBytes());
    }

    void setTotals(int number, Totals totals) {
        long at = at(number) + NamespaceDescriptor.TOTALS_OFFSET;
        for (int word = 0; word < NamespaceDescriptor.TOTALS_WORDS; word++) {
            LONG.setOpaque(records, at + 8L * word, totals.words[word]);
            steps.stored();
        }
    }

    private void addTotals(int number, Totals totals) {
        long at = at(number) + NamespaceDescriptor.TOTALS_OFFSET;
        for (int word = 0; word < NamespaceDescriptor.TOTALS_WORDS; word++) {
            totals.words[word] += (long) LONG.getOpaque(records, at + 8L * word);
        }
    }

    private void add(long offset, long delta) {
        LONG.setOpaque(records, offset, (long) LONG.getOpaque(records, offset) + delta);
        steps.stored();
    }

    private @Nullable NamespaceRecord newest(String name, @Nullable String revision) {
        NamespaceRecord newest = null;
        int damaged = -1;
        int limit = Math.min(count, header.namespaceLimit());
        for (int number = 0; number < limit; number++) {
            if (!isVisible(number)) {
                continue;
            }
            NamespaceRecord namespace = read(number);
            if (namespace == null) {
                damaged = isVisible(number) ? number : damaged;
            } else if (namespace.name().equals(name) && (revision == null || namespace.revision().equals(revision))
                    && (newest == null || AppliedWord.covers(namespace.definedAt(), newest.definedAt()))) {
                newest = namespace;
            }
        }
        if (newest == null && damaged >= 0) {
            throw new HearthException.Corrupt("namespace record", FILE,
                    TableDescriptor.NAMESPACES_OFFSET + at(damaged), "its checksum", "another");
        }
        return newest;
    }

    private boolean isVisible(int number) {
        long ready = ready(number);
        long applied = lastApplied.get();
        return ready != 0 && AppliedWord.covers(applied, ready) && !isDead(number, ready, applied);
    }

    /** Whether a number may be defined now. */
    public boolean isFree(int number) {
        long ready = ready(number);
        return ready == 0 || isDead(number, ready, lastApplied.get());
    }

    private long ready(int number) {
        return (long) LONG.getAcquire(records, at(number) + NamespaceDescriptor.READY_OFFSET);
    }

    /** The record, or null if it is damaged or was taken away meanwhile. */
    private @Nullable NamespaceRecord read(int number) {
        long ready = ready(number);
        NamespaceImage image = NamespaceImage.copyOf(records, at(number));
        VarHandle.loadLoadFence();
        return ready != 0 && ready(number) == ready ? image.decode(number, ready) : null;
    }

    void checkNumber(int number) {
        if (number < 0 || number >= count) {
            throw new IllegalArgumentException("number=" + number);
        }
    }

    private static long at(int number) {
        return (long) number * NamespaceDescriptor.RECORD_BYTES;
    }
}
