package dev.hearth.store.engine;

import dev.hearth.store.entry.EntryDescriptor;
import java.util.Arrays;

/**
 * Directory lines of entries that were committed behind a checkpoint, to be written again: nobody can tell whether they
 * reached the disk before a power cut. Kept in primitive arrays, 32 bytes a line. One thread.
 */
final class CommittedLines {
    private static final int WORDS = 4;
    private long[] words = new long[WORDS * 256];
    private int count;

    void add(EntryDescriptor entry) {
        if ((count + 1) * WORDS > words.length) {
            words = Arrays.copyOf(words, Math.multiplyExact(words.length, 2));
        }
        int at = count++ * WORDS;
        words[at] = (long) entry.segment() << 32 | Integer.toUnsignedLong(entry.directoryIndex());
        words[at + 1] = entry.generation();
        words[at + 2] = Integer.toUnsignedLong(entry.offsetUnits()) << 32 | Integer.toUnsignedLong(entry.headerCrc());
        words[at + 3] = entry.version();
    }

    /** What a line says. */
    interface Visitor {
        void line(int segment, long generation, int index, int offsetUnits, int headerCrc, long version);
    }

    /** Hands them over in the order in which they were added. */
    void forEach(Visitor visitor) {
        for (int i = 0; i < count; i++) {
            int at = i * WORDS;
            visitor.line((int) (words[at] >>> 32), words[at + 1], (int) words[at], (int) (words[at + 2] >>> 32),
                    (int) words[at + 2], words[at + 3]);
        }
    }
}
