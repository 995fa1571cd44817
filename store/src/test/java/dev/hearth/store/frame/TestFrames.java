package dev.hearth.store.frame;

import dev.hearth.store.HearthException;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.mark.SlotWord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Frames in private memory, attachments to them as several processes would have them, and pages made of their keys. */
final class TestFrames {
    static final long WAIT_NS = 50_000_000;

    final FrameLayout layout;
    final MemorySegment memory;
    final Map<Long, Boolean> dead = new ConcurrentHashMap<>();
    final Set<Long> allocated = new HashSet<>();
    private final Map<Counter, AtomicLong> counts = new ConcurrentHashMap<>();
    final AtomicLong problems = new AtomicLong();
    volatile long spaceBytes = Long.MAX_VALUE;
    /** Runs once, with the next allocation. */
    volatile Runnable beforeAllocation = () -> {
    };

    TestFrames(long frameBytes, int pageBytes) {
        layout = new FrameLayout(frameBytes, pageBytes, 4);
        memory = Arena.ofAuto().allocate(layout.fileBytes, 4096);
    }

    /** One class of frames of 512 bytes, in sets of 16. */
    static TestFrames ofSets(int sets) {
        return new TestFrames(512L * 16 * sets, 512);
    }

    FrameCache attach(int slot) {
        return attach(slot, 1);
    }

    FrameCache attach(int slot, int tenancy) {
        FrameCache.Mapping mapping = new FrameCache.Mapping(Path.of("frames"), memory, this::allocate, () -> {
        });
        return new FrameCache(mapping, layout,
                new FrameClaims.Owner(SlotWord.of(slot, tenancy), word -> !dead.containsKey(word), WAIT_NS), events());
    }

    /** Where the way of the only set of frames of 512 bytes lies. */
    long wayOffset(int way) {
        return SizeClass.wayOffset(layout.classes.getFirst().setOffset(0), way);
    }

    long word(int way) {
        return (long) Words.LONG.getVolatile(memory, wayOffset(way));
    }

    void setWord(int way, long word) {
        Words.LONG.setVolatile(memory, wayOffset(way), word);
    }

    /** Says of a piece of frames whether it has space. */
    void setFlag(int unit, byte flag) {
        Words.BYTE.setVolatile(memory, (long) FramesDescriptor.MAP_OFFSET + FramesDescriptor.MAP_UNITS + unit, flag);
    }

    /** The way that holds or is claimed for a page; -1 if none. */
    int wayOf(FrameKey key) {
        FrameSets sets = new FrameSets(memory);
        for (int way = 0; way < layout.classes.getFirst().ways(); way++) {
            if (word(way) != FrameWord.EMPTY && sets.hasKey(wayOffset(way), key)) {
                return way;
            }
        }
        return -1;
    }

    /** From now on the tenant counts as dead. */
    void kill(int slot, int tenancy) {
        dead.put(SlotWord.of(slot, tenancy), true);
    }

    private synchronized void allocate(long offset, long length) {
        Runnable once = beforeAllocation;
        beforeAllocation = () -> {
        };
        once.run();
        if (spaceBytes < length) {
            throw new HearthException.Full("spaceBytes=" + spaceBytes);
        }
        spaceBytes -= length;
        allocated.add(offset);
    }

    private FrameEvents events() {
        return new FrameEvents() {
            @Override
            public void add(Counter counter, long count) {
                counts.computeIfAbsent(counter, _ -> new AtomicLong()).addAndGet(count);
            }

            @Override
            public void report(Throwable problem) {
                problems.incrementAndGet();
            }
        };
    }

    long count(Counter counter) {
        return counts.getOrDefault(counter, new AtomicLong()).get();
    }

    /** The key with a number; its page has a length that depends on it too. */
    static FrameKey key(long number, int lengthBytes) {
        return new FrameKey().set(number * 0x9E37_79B9_7F4A_7C15L, ~number, number % 7, number % 3, lengthBytes);
    }

    /** The page of a key: every byte depends on the key and its place. */
    static byte[] page(FrameKey key) {
        byte[] page = new byte[key.lengthBytes()];
        long state = key.hash();
        for (int at = 0; at < page.length; at++) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            page[at] = (byte) (state >>> 56);
        }
        return page;
    }

    /** Claims and publishes; returns whether there was a frame for it. */
    static boolean fill(FrameCache cache, FrameKey key) {
        long handle = cache.claim(key);
        if (handle >= 0) {
            cache.publish(handle, key, MemorySegment.ofArray(page(key)), 0);
        }
        return handle >= 0;
    }

    /** The bytes that a copy of the whole page gives, or none. */
    static byte[] read(FrameCache cache, FrameKey key) {
        MemorySegment target = MemorySegment.ofArray(new byte[key.lengthBytes()]);
        return cache.copy(key, 0, target, 0, key.lengthBytes()) ? target.toArray(ValueLayout.JAVA_BYTE) : new byte[0];
    }

    /** The bytes of a held frame. */
    static byte[] held(FrameCache cache, FrameKey key, long handle) {
        return cache.memory().asSlice(cache.offsetBytes(handle), key.lengthBytes()).toArray(ValueLayout.JAVA_BYTE);
    }
}
