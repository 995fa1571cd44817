package dev.hearth.store.table;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One set of a {@link Lookaside} over a table that does not change, with the contents that a test notes in it. The
 * memory of sets is used again after 131,072 others were made, which is more than are in use at the same time.
 *
 * <p>
 * Any thread notes and recalls.
 */
public final class StressLookaside {
    /** What {@link #recall} returns for words that do not belong together. */
    public static final int MIX = -1;
    private static final int SETS = 1 << 17;
    private static final int SET_BYTES = 128;
    private static final int CONTENTS = 3;
    /** Go first into the same line. */
    private static final long[] DIGESTS_HI = {0x1234_5678_9ABC_DEF0L, 0x2345_6789_ABCD_EF00L, 0x3456_789A_BCDE_F010L};
    private static final long DIGEST_LO = 0x0FED_CBA9_8765_4321L;
    private static final MemorySegment MEMORY = Arena.global().allocate((long) SETS * SET_BYTES, SET_BYTES);
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final LookupTable TABLE = table();
    /** For each digest and content what is noted. */
    private static final TableEntry[][] NOTED = noted();

    private final Lookaside lookaside;
    private final DirectReader reader;

    /** An empty set. */
    public StressLookaside() {
        long number = NEXT.getAndIncrement() & SETS - 1;
        MemorySegment set = MEMORY.asSlice(number * SET_BYTES, SET_BYTES, SET_BYTES).fill((byte) 0);
        lookaside = Lookaside.ofSet(set);
        reader = Objects.requireNonNull(TABLE.direct(lookaside));
    }

    /** Notes a content, from 1 on, of a digest, from 0 on. */
    public void note(int digest, int content) {
        TableEntry entry = NOTED[digest][content - 1];
        lookaside.put(entry.control, entry, startOf(digest, content));
    }

    /** The content that is recalled of a digest, 0 for none, {@link #MIX} if the words are of no content. */
    public int recall(int digest) {
        TableEntry found = new TableEntry();
        long start = reader.recall(DIGESTS_HI[digest], DIGEST_LO, 0, 1, found);
        if (start == Lookaside.ABSENT) {
            return 0;
        }
        int content = (int) found.generation();
        boolean whole = content >= 1 && content <= CONTENTS && start == startOf(digest, content)
                && found.hasSameWords(NOTED[digest][content - 1]);
        return whole ? content : MIX;
    }

    private static long startOf(int digest, int content) {
        return (digest * 16L + content) * 4096;
    }

    private static LookupTable table() {
        MemorySegment applied = Arena.global().allocate(8, 8);
        LookupTable table =
                LookupTable.format(Arena.global().allocate(LookupTable.requiredBytes(100), 64), 100, 0, 1, 2,
                        applied);
        table.namespaces().define(0, "stress", "1", "", 1);
        for (int digest = 0; digest < DIGESTS_HI.length; digest++) {
            table.insert(entry(digest, 1));
        }
        Words.LONG.setRelease(applied, 0L, 2L);
        for (long digestHi : DIGESTS_HI) {
            table.settle(digestHi, DIGEST_LO);
        }
        return table;
    }

    private static TableEntry[][] noted() {
        DirectReader reader = Objects.requireNonNull(TABLE.direct(Lookaside.NONE));
        TableEntry[][] noted = new TableEntry[DIGESTS_HI.length][CONTENTS];
        for (int digest = 0; digest < DIGESTS_HI.length; digest++) {
            for (int content = 1; content <= CONTENTS; content++) {
                TableEntry entry = new TableEntry();
                if (!reader.find(DIGESTS_HI[digest], DIGEST_LO, 0, 1, entry)) {
                    throw new IllegalStateException("digest=" + digest + " is not found");
                }
                long control = entry.control;
                noted[digest][content - 1] = entry.from(entry(digest, content));
                entry.control = control;
            }
        }
        return noted;
    }

    private static EntryDescriptor entry(int digest, int content) {
        return new EntryDescriptor(DIGESTS_HI[digest], DIGEST_LO, 2, content, content * 5, 0, content * 7, 0,
                content * 11, content * 13, EntryDescriptor.CONTIGUOUS, content * 17L, content * 19, Kind.ACTIVATION,
                Storage.IN_PLACE, 0);
    }
}
