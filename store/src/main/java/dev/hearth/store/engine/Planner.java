package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.NamespaceRecord;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns intents into operations by looking at what there is. For the holder of the writer lock; changes nothing.
 *
 * <p>
 * Everything that can be refused is refused here, before the commit record is written: behind it there is no way back.
 */
final class Planner {
    private final LookupTable table;
    private final KeyCheck keys;
    private final SegmentReleases releases;
    private final Chains chains;
    private final TableEntry found = new TableEntry();

    /** Looks at the key of an entry that is there. */
    interface KeyCheck {
        /** Whether the entry certainly has another key; false if its header cannot be read. */
        boolean isOther(TableEntry entry, byte[] key);

        /** Whether the entry is of no use to anybody: expired, or an activation whose header cannot be read. */
        boolean isUseless(TableEntry entry);
    }

    Planner(LookupTable table, KeyCheck keys, SegmentReleases releases, Chains chains) {
        this.table = table;
        this.keys = keys;
        this.releases = releases;
        this.chains = chains;
    }

    /**
     * The operations that carry the intents out under {@code version}; none if nothing has to change.
     *
     * @throws IllegalStateException if a namespace is gone, or another key has the same digest
     * @throws TooManyEntriesException if the table has no room for the new entries
     * @throws LostExtentException     if the segment of a put is not there any more
     * @throws PresentException        if there is an entry where there was to be none
     */
    List<LogOperation> plan(List<Intent> intents, long version) {
        List<LogOperation> operations = new ArrayList<>(intents.size());
        long slots = 0;
        long added = 0;
        for (Intent intent : intents) {
            switch (intent) {
                case Intent.Put put -> {
                    if (chains.continued(put.parent(), put.entry().segment(), operations)) {
                        added += planPut(put, version, operations) ? 1 : 0;
                        slots++;
                    }
                }
                case Intent.PutIfAbsent conditional -> {
                    Intent.Put put = conditional.put();
                    requireAbsent(put, conditional.insteadOf());
                    if (chains.continued(put.parent(), put.entry().segment(), operations)) {
                        added += planPut(put, version, operations) ? 1 : 0;
                        slots++;
                    }
                }
                case Intent.Remove remove -> {
                    slots += planRemove(remove, operations) ? 1 : 0;
                }
                case Intent.RemoveGroup group -> slots += planRemoveGroup(group, operations);
                case Intent.Define define -> planDefine(define, operations);
                case Intent.DefineAs define -> planDefineAs(define, operations);
                case Intent.End end -> planEnd(end, operations);
                case Intent.Continued continued ->
                        chains.continued(continued.parent(), continued.segment(), List.of());
                case Intent.Relocate relocate -> planRelocate(relocate, operations);
                case Intent.Release release -> planRelease(release, operations);
                case Intent.DropAll drops -> planDropAll(drops, operations);
                case Intent.Watch watch -> chains.watch(watch.entry());
                case Intent.Evict evict -> planEvict(evict, operations);
                case Intent.DropDamaged drop -> planDropDamaged(drop, operations);
                case Intent.Mark mark -> operations.add(new LogOperation.SyncMark(
                        Math.toIntExact(version - 1 - mark.through())));
            }
        }
        if (slots > 0) {
            requireRoom(slots, added);
        }
        return operations;
    }

    /** What a removed namespace left, and another key under the same digest, is the business of {@link #planPut}. */
    private void requireAbsent(Intent.Put put, long insteadOf) {
        EntryDescriptor entry = put.entry();
        boolean there = table.namespaces().isAlive(entry.namespace(), put.namespaceVersion())
                && table.lookupForUpdate(entry.digestHi(), entry.digestLo(), found)
                && found.namespace() == entry.namespace() && !releases.isOver(found);
        if (there && found.version() != insteadOf && !keys.isOther(found, put.key()) && !keys.isUseless(found)) {
            throw new PresentException(found.version());
        }
    }

    /** Returns whether the entry is a new one that counts as one. */
    private boolean planPut(Intent.Put put, long version, List<LogOperation> operations) {
        EntryDescriptor entry = put.entry();
        if (!releases.isThere(entry)) {
            throw new LostExtentException(entry);
        }
        boolean isAlive = put.namespaceVersion() == 0
                ? defines(entry.namespace(), operations)
                : table.namespaces().isAlive(entry.namespace(), put.namespaceVersion());
        if (!isAlive) {
            throw new IllegalStateException("namespace was removed: number=" + entry.namespace() + " version="
                    + Long.toUnsignedString(put.namespaceVersion()));
        }
        boolean replaces = table.lookupForUpdate(entry.digestHi(), entry.digestLo(), found);
        boolean isManifest = entry.has(EntryDescriptor.MANIFEST);
        if (replaces && (found.namespace() != entry.namespace() || found.isManifest() != isManifest
                || keys.isOther(found, put.key()))) {
            throw new DigestCollisionException(put.key());
        }
        if (replaces) {
            chains.replaced(found, entry);
        }
        operations.add(new LogOperation.Put(entry.withVersion(version), MemorySegment.ofArray(put.key())));
        return !replaces && !isManifest;
    }

    private void planRelocate(Intent.Relocate relocate, List<LogOperation> operations) {
        EntryDescriptor moved = relocate.moved();
        boolean still = table.lookupForUpdate(moved.digestHi(), moved.digestLo(), found)
                && found.version() == moved.version() && found.segment() == relocate.fromSegment()
                && found.generation() == relocate.fromGeneration()
                && found.offsetUnits() == relocate.fromOffsetUnits() && !releases.isOver(found)
                && releases.isThere(moved);
        if (still && chains.continued(relocate.parent(), moved.segment(), operations)) {
            chains.moved(relocate);
            operations.add(new LogOperation.Relocate(moved));
        }
    }

    private void planRelease(Intent.Release release, List<LogOperation> operations) {
        if (releases.mark(release.victim())) {
            operations.add(new LogOperation.ReleaseSegment(release.victim().segment(), release.victim().generation()));
        }
    }

    private void planDropAll(Intent.DropAll all, List<LogOperation> operations) {
        int from = operations.size();
        for (Intent.Drop drop : all.drops()) {
            boolean there = table.lookupForUpdate(drop.digestHi(), drop.digestLo(), found)
                    && found.segment() == drop.from().segment() && found.generation() == drop.from().generation()
                    && found.offsetUnits() == drop.from().ending()[0];
            if (there && !releases.mayDrop(drop.from())) {
                operations.subList(from, operations.size()).clear();
                return;
            }
            if (there) {
                operations.add(new LogOperation.Evict(drop.digestHi(), drop.digestLo(), found.namespace()));
            }
        }
    }

    private void planEvict(Intent.Evict evict, List<LogOperation> operations) {
        boolean dead = table.lookupForUpdate(evict.digestHi(), evict.digestLo(), found)
                && found.segment() == evict.segment() && releases.isOver(found);
        if (dead) {
            operations.add(new LogOperation.Evict(evict.digestHi(), evict.digestLo(), found.namespace()));
        }
    }

    private void planDropDamaged(Intent.DropDamaged drop, List<LogOperation> operations) {
        boolean still = table.lookupForUpdate(drop.digestHi(), drop.digestLo(), found)
                && found.version() == drop.version() && found.segment() == drop.segment()
                && found.generation() == drop.generation() && found.offsetUnits() == drop.offsetUnits();
        if (still) {
            operations.add(new LogOperation.Evict(drop.digestHi(), drop.digestLo(), found.namespace()));
        }
    }

    /** Takes back what planning did to segments, if the transaction did not come about. */
    void abandon(List<Intent> intents) {
        for (Intent intent : intents) {
            if (intent instanceof Intent.Release release) {
                releases.unmark(release.victim());
            }
        }
    }

    private boolean planRemove(Intent.Remove remove, List<LogOperation> operations) {
        boolean there = table.namespaces().isAlive(remove.namespace(), remove.namespaceVersion())
                && table.lookupForUpdate(remove.digestHi(), remove.digestLo(), found)
                && found.namespace() == remove.namespace() && !keys.isOther(found, remove.key());
        if (there) {
            operations.add(new LogOperation.Remove(remove.digestHi(), remove.digestLo(), remove.namespace(),
                    MemorySegment.ofArray(remove.key())));
        }
        return there;
    }

    /** Returns how many entries go. */
    private int planRemoveGroup(Intent.RemoveGroup group, List<LogOperation> operations) {
        Intent.Remove manifest = group.manifest();
        int before = operations.size();
        if (table.lookupForUpdate(manifest.digestHi(), manifest.digestLo(), found)
                && found.version() == group.manifestVersion() && planRemove(manifest, operations)) {
            group.members().forEach(member -> {
                boolean _ = planRemove(member, operations);
            });
        }
        return operations.size() - before;
    }

    private void planDefine(Intent.Define define, List<LogOperation> operations) {
        for (NamespaceRecord record : table.namespaces().list()) {
            if (Namespaces.isOf(record, define.fingerprint())) {
                return;
            }
        }
        int number = table.namespaces().nextFreeNumber();
        if (number < 0) {
            throw new HearthException.Full("no more namespaces: maximum=" + table.namespaces().list().size());
        }
        operations.add(new LogOperation.DefineNamespace(number, define.fingerprint().name(),
                define.fingerprint().revision(), define.fingerprint().canonicalParts()));
    }

    private static boolean defines(int number, List<LogOperation> operations) {
        return operations.stream().limit(1).anyMatch(
                operation -> operation instanceof LogOperation.DefineNamespace define && define.number() == number);
    }

    private void planDefineAs(Intent.DefineAs define, List<LogOperation> operations) {
        if (table.namespaces().list().stream().anyMatch(record -> Namespaces.isOf(record, define.fingerprint()))) {
            throw new IllegalStateException("namespace was defined meanwhile: namespace="
                    + define.fingerprint().display());
        }
        if (!table.namespaces().isFree(define.number())) {
            throw new IllegalStateException("number of the namespace was given to another one meanwhile: namespace="
                    + define.fingerprint().display() + " number=" + define.number());
        }
        operations.add(new LogOperation.DefineNamespace(define.number(), define.fingerprint().name(),
                define.fingerprint().revision(), define.fingerprint().canonicalParts()));
    }

    private void planEnd(Intent.End end, List<LogOperation> operations) {
        if (table.namespaces().isAlive(end.number(), end.namespaceVersion())) {
            operations.add(new LogOperation.EndNamespace(end.number()));
        }
    }

    private void requireRoom(long slots, long added) {
        if (!table.hasRoomFor(slots)) {
            // What ended namespaces left may be all that is in the way.
            for (long bucket = table.sweep(0, 4096); bucket != 0;) {
                bucket = table.sweep(bucket, 4096);
            }
        }
        boolean near = table.usedSlots() + slots > table.maxEntries();
        if (!table.hasRoomFor(slots) || (near && table.totals().entries() + added > table.maxEntries())) {
            throw new TooManyEntriesException(table.totals().entries(), Math.max(added, 1), table.maxEntries());
        }
    }
}
