package dev.hearth.store.mark;

import dev.hearth.store.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The words that all processes of a store share.
 *
 * <p>
 * Loads are volatile and stores are releases: what was stored before a word is seen by whoever has seen the word, and
 * a load is not moved before what precedes it. Any thread; who may store which word is said where the word is used. A
 * read-only mark throws {@link IllegalArgumentException} on a store. A truncated file is an {@link InternalError}.
 */
public final class MarkWords {
    private final MemorySegment words;

    MarkWords(MemorySegment words) {
        this.words = words;
    }

    /** The value of a word. */
    public long get(MarkWord word) {
        return (long) Words.LONGS.getVolatile(words, (long) word.offset);
    }

    /** Stores a word, after everything that was stored before. */
    public void set(MarkWord word, long value) {
        Words.LONGS.setRelease(words, (long) word.offset, value);
    }

    /** The memory of a word, for who reads it by himself. */
    public MemorySegment memory(MarkWord word) {
        return words.asSlice(word.offset, Long.BYTES).asReadOnly();
    }

    /** Replaces {@code expected}; returns whether it was there. */
    public boolean compareAndSet(MarkWord word, long expected, long value) {
        return compareAndSet(word.offset, expected, value);
    }

    /** Adds 1 and returns the sum. */
    public long increment(MarkWord word) {
        long before = get(word);
        while (!compareAndSet(word, before, before + 1)) {
            before = get(word);
        }
        return before + 1;
    }

    /** Stores {@code value} unless what is there is larger, compared unsigned. */
    public void raise(MarkWord word, long value) {
        long before = get(word);
        while (Long.compareUnsigned(before, value) < 0 && !compareAndSet(word, before, value)) {
            before = get(word);
        }
    }

    /** The open segment of a kind; -1 if there is none. */
    public int openSegment(Kind kind) {
        return (int) (long) Words.LONGS.getVolatile(words, openOffset(kind)) - 1;
    }

    /**
     * Installs the open segment of a kind in place of {@code expected}; -1 is none; returns whether that was there.
     */
    public boolean replaceOpenSegment(Kind kind, int expected, int segment) {
        if (segment < -1) {
            throw new IllegalArgumentException("segment=" + segment);
        }
        return compareAndSet(openOffset(kind), expected + 1L, segment + 1L);
    }

    /** The load comes first because a compare-and-set of the interpreter does not survive a truncated file. */
    private boolean compareAndSet(long offset, long expected, long value) {
        return (long) Words.LONGS.getVolatile(words, offset) == expected
                && Words.LONGS.compareAndSet(words, offset, expected, value);
    }

    /** Whether everything shared is valid: it was so in this boot, and this is the file it was said of, not a copy. */
    boolean isOf(UUID bootId, long device, long inode) {
        byte[] found = words.asSlice(0, MarkWordsDescriptor.IDENTITY_CRC).toArray(ValueLayout.JAVA_BYTE);
        int crc = words.get(Words.INT, MarkWordsDescriptor.IDENTITY_CRC);
        return crc == crc(found) && MemorySegment.ofArray(found).mismatch(identity(bootId, device, inode)) < 0;
    }

    /** Says from now on that everything shared is valid in this boot. */
    void setIdentity(UUID bootId, long device, long inode) {
        MemorySegment identity = identity(bootId, device, inode);
        MemorySegment.copy(identity, 0, words, 0, identity.byteSize());
        Words.INTS.setRelease(words, (long) MarkWordsDescriptor.IDENTITY_CRC,
                crc(identity.toArray(ValueLayout.JAVA_BYTE)));
    }

    private static MemorySegment identity(UUID bootId, long device, long inode) {
        MemorySegment identity = MemorySegment.ofArray(new long[MarkWordsDescriptor.IDENTITY_CRC / Long.BYTES]);
        identity.set(Words.LONG, MarkWordsDescriptor.BOOT_ID_HI, bootId.getMostSignificantBits());
        identity.set(Words.LONG, MarkWordsDescriptor.BOOT_ID_LO, bootId.getLeastSignificantBits());
        identity.set(Words.LONG, MarkWordsDescriptor.DEVICE, device);
        identity.set(Words.LONG, MarkWordsDescriptor.INODE, inode);
        return identity;
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static long openOffset(Kind kind) {
        return switch (kind) {
            case PARAMETER -> MarkWordsDescriptor.OPEN_PARAMETER_SEGMENT;
            case ACTIVATION -> MarkWordsDescriptor.OPEN_ACTIVATION_SEGMENT;
        };
    }
}
