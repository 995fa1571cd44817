package dev.hearth.store.log;

import dev.hearth.store.entry.EntryDescriptor;
import java.lang.foreign.MemorySegment;

/**
 * One thing that a transaction did. Keys are the caller's bytes; those of operations read from a log are on the heap.
 */
public sealed interface LogOperation {
    /** An entry became visible, in place of the one with the same digest. Its version is that of the transaction. */
    record Put(EntryDescriptor entry, MemorySegment key) implements LogOperation {
        /** Checks the length of the key. */
        public Put {
            OperationDescriptor.checkKey(key);
        }
    }

    /** The entry with this digest went away on request. */
    record Remove(long digestHi, long digestLo, int namespace, MemorySegment key) implements LogOperation {
        /** Checks the length of the key. */
        public Remove {
            OperationDescriptor.checkKey(key);
        }
    }

    /** A namespace got this number. */
    record DefineNamespace(int number, String name, String revision, String fingerprint) implements LogOperation {}

    /**
     * A namespace went away, with every entry in it whose version is not above that of this transaction. Its number may
     * be given out again by a later transaction.
     */
    record EndNamespace(int number) implements LogOperation {}

    /** A segment was given back, with every entry that still lay in this generation of it. */
    record ReleaseSegment(int segment, long generation) implements LogOperation {}

    /** The bytes of a live entry were copied, and it now lies as this descriptor says; its version stays. */
    record Relocate(EntryDescriptor entry) implements LogOperation {}

    /** The entry with this digest was dropped to make room. */
    record Evict(long digestHi, long digestLo, int namespace) implements LogOperation {}

    /**
     * The data of everything in front of this transaction was made durable before it was written, except for the
     * {@code behind} versions directly in front of it, which came meanwhile; the first operation in it.
     */
    record SyncMark(int behind) implements LogOperation {
        /** A mark that speaks of all in front of it. */
        public SyncMark() {
            this(0);
        }

        /** Checks the number. */
        public SyncMark {
            if (behind < 0) {
                throw new IllegalArgumentException("behind=" + behind);
            }
        }
    }
}
