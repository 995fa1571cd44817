package dev.hearth.store.engine;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.segment.Written;
import dev.hearth.store.table.TableEntry;
import java.util.List;

/** What a caller wants to have committed, before it has a version and before the present state was looked at. */
sealed interface Intent {
    /**
     * An entry whose bytes are written. {@code namespaceVersion} is the commit that defined its namespace, 0 if that is
     * the same one.
     */
    @SuppressWarnings("ArrayRecordComponent") // keys are shared, and by contract nobody writes them
    record Put(Written written, byte[] key, long namespaceVersion, Parent parent) implements Intent {
        /** What was written, and where. */
        EntryDescriptor entry() {
            return written.entry();
        }
    }

    /**
     * An entry whose bytes are written is to come if there is none; a transaction of its own. An entry of the version
     * {@code insteadOf} counts as none.
     */
    record PutIfAbsent(Put put, long insteadOf) implements Intent {}

    /** An entry is to go, unless the number of its namespace was given to another one. */
    @SuppressWarnings("ArrayRecordComponent") // keys are shared, and by contract nobody writes them
    record Remove(long digestHi, long digestLo, int namespace, byte[] key, long namespaceVersion) implements Intent {}

    /** A group and all its members are to go, if its manifest still is of this version; nothing otherwise. */
    record RemoveGroup(Remove manifest, long manifestVersion, List<Remove> members) implements Intent {
        public RemoveGroup {
            members = List.copyOf(members);
        }
    }

    /** A namespace is to be there. */
    record Define(Fingerprint fingerprint) implements Intent {}

    /**
     * A namespace is to be there under this number, which nobody has yet; puts of the same transaction may be in it.
     */
    record DefineAs(int number, Fingerprint fingerprint) implements Intent {}

    /** A namespace is to go, unless its number was given to another one. */
    record End(int number, long namespaceVersion) implements Intent {}

    /** The bytes of an entry were copied: it is to lie there, unless it is not any more where they came from. */
    record Relocate(EntryDescriptor moved, int fromSegment, long fromGeneration, int fromOffsetUnits, Parent parent)
            implements
                Intent {}

    /** The digest of the entry that another one continues; zeros if there is none. */
    record Parent(long hi, long lo) {
        static final Parent NONE = new Parent(0, 0);

        boolean isNone() {
            return hi == 0 && lo == 0;
        }
    }

    /**
     * What continues this entry was passed by the hand and stays: nothing is logged.
     *
     * @param segment where it lies; {@link #SOMEWHERE} if that is not known
     */
    record Continued(Parent parent, int segment) implements Intent {
        static final int SOMEWHERE = -1;
    }

    /** A segment is to be given back, if nothing happened in it and to it since it was looked at. */
    record Release(SegmentReleases.Victim victim) implements Intent {}

    /** An entry is to go that lies here, if nothing that continues it has to be met first. */
    record Drop(long digestHi, long digestLo, SegmentReleases.Victim from) {}

    /** Entries are to go, in this order, as far as they still lie there; none if one of them may not. */
    record DropAll(List<Drop> drops) implements Intent {
        public DropAll {
            drops = List.copyOf(drops);
        }
    }

    /** What comes to continue this entry from now on is to be told from what does already: nothing is logged. */
    record Watch(Parent entry) implements Intent {}

    /** An entry is to go that lay in a segment that was given back. */
    record Evict(long digestHi, long digestLo, int segment) implements Intent {}

    /** An entry is to go that is damaged, unless it was replaced, moved or removed since it was looked at. */
    record DropDamaged(long digestHi, long digestLo, long version, int segment, long generation, int offsetUnits)
            implements
                Intent {
        static DropDamaged of(TableEntry entry) {
            return new DropDamaged(entry.digestHi(), entry.digestLo(), entry.version(), entry.segment(),
                    entry.generation(), entry.offsetUnits());
        }
    }

    /** Nothing changes; says that data was made durable up to this version. */
    record Mark(long through) implements Intent {}
}
