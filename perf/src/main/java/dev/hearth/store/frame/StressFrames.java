package dev.hearth.store.frame;

import dev.hearth.store.mark.SlotWord;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * One set of few frames in memory of its own, on the heap so that very many can be made, and two attachments to it.
 * Pages have numbers and are made of them.
 */
public final class StressFrames {
    /** Bytes that are not of the page asked for. */
    public static final int WRONG = -1;
    private static final int PAGE_BYTES = 512;
    private static final long WAIT_LIMIT_NS = 50_000;

    private final FrameCache[] attachments = new FrameCache[2];

    /** A set of so many ways, all empty. */
    public StressFrames(int ways) {
        FrameLayout layout = new FrameLayout((long) ways * PAGE_BYTES, PAGE_BYTES, attachments.length);
        MemorySegment memory = MemorySegment.ofArray(new long[Math.toIntExact(layout.fileBytes / Long.BYTES)]);
        for (int slot = 0; slot < attachments.length; slot++) {
            attachments[slot] = new FrameCache(
                    new FrameCache.Mapping(Path.of("frames"), memory, (offsetBytes, lengthBytes) -> {
                    }, () -> {
                    }), layout, new FrameClaims.Owner(SlotWord.of(slot, 1), word -> true, WAIT_LIMIT_NS),
                    FrameEvents.NONE);
        }
    }

    /** Decodes a page: 1 if it was published, 0 if somebody else did, 2 if there was no frame. */
    public int decode(int attachment, int number) {
        FrameCache cache = attachments[attachment];
        FrameKey key = key(number);
        long handle = cache.claim(key);
        if (handle >= 0) {
            cache.publish(handle, key, page(number), 0);
            return 1;
        }
        return handle == FrameCache.RESIDENT ? 0 : 2;
    }

    /** Copies a page: its number, 0 if it is not there, or {@link #WRONG}. */
    public int copy(int attachment, int number) {
        MemorySegment target = MemorySegment.ofArray(new long[PAGE_BYTES / Long.BYTES]);
        return attachments[attachment].copy(key(number), 0, target, 0, PAGE_BYTES) ? check(target, 0, number) : 0;
    }

    /** Holds a page: the handle, or -1. */
    public long hold(int attachment, int number) {
        return attachments[attachment].hold(key(number));
    }

    /** What a held frame has: the number of the page, or {@link #WRONG}. */
    public int look(int attachment, int number, long handle) {
        FrameCache cache = attachments[attachment];
        return check(cache.memory(), cache.offsetBytes(handle), number);
    }

    /** Lets go. */
    public void release(int attachment, long handle) {
        attachments[attachment].release(handle);
    }

    private static FrameKey key(int number) {
        return new FrameKey().set(number * 0x9E37_79B9_7F4A_7C15L, number, 1, 0, PAGE_BYTES);
    }

    private static MemorySegment page(int number) {
        long[] words = new long[PAGE_BYTES / Long.BYTES];
        for (int at = 0; at < words.length; at++) {
            words[at] = word(number, at);
        }
        return MemorySegment.ofArray(words);
    }

    private static int check(MemorySegment memory, long offset, int number) {
        for (int at = 0; at < PAGE_BYTES / Long.BYTES; at++) {
            if (memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + (long) at * Long.BYTES) != word(number, at)) {
                return WRONG;
            }
        }
        return number;
    }

    private static long word(int number, int at) {
        return number * 0x0101_0101_0101_0101L + at;
    }
}
