package dev.hearth.store.frame;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.counters.Counter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random operations of several threads and attachments on few sets. Pages are made of their keys, so that a byte that
 * is wrong is seen; who decodes what is noted, so that a page decoded by two at once is seen.
 */
final class FrameModelTest {
    private static final int KEYS = 120;
    private static final int HOLDS = 1_000_000;
    private static final int SPINS = 64;
    private static final long MOST_NS = 10_000_000_000L;

    private final Map<Integer, String> decoding = new ConcurrentHashMap<>();

    @Test
    void operations_ofThreeThreads_neverWrongBytes() throws Exception {
        run(TestFrames.ofSets(2), 3, 40_000, 512, System.nanoTime());
    }

    @Test
    void operations_ofAllSizes_neverWrongBytes() throws Exception {
        run(new TestFrames(256 << 10, 16 << 10), 2, 15_000, 16 << 10, System.nanoTime());
    }

    @Test
    @Tag("stress")
    void operations_ofManyThreads_neverWrongBytes() throws Exception {
        run(TestFrames.ofSets(1), 8, 400_000, 512, System.nanoTime());
    }

    /** Two pages take the only frame from each other while somebody holds it in a lane again and again. */
    @Test
    void holdsInALane_besideClaimsOfTheirFrame_keepTheirBytes() throws Exception {
        FrameCache cache = new TestFrames(512, 512).attach(0);
        FrameKey[] keys = {key(1, 512), key(2, 512)};
        MemorySegment[] pages = {MemorySegment.ofArray(TestFrames.page(keys[0])),
                MemorySegment.ofArray(TestFrames.page(keys[1]))};
        AtomicBoolean ended = new AtomicBoolean();
        try (ExecutorService executor = Executors.newFixedThreadPool(1)) {
            Future<Long> taking = executor.submit(() -> {
                long taken = 0;
                for (int turn = 0; !ended.get(); turn++) {
                    long handle = cache.claim(keys[turn & 1]);
                    if (handle >= 0) {
                        cache.publish(handle, keys[turn & 1], pages[turn & 1], 0);
                        taken++;
                    }
                }
                return taken;
            });
            long held = 0;
            try {
                long endNs = System.nanoTime() + MOST_NS;
                for (long turn = 0; held < HOLDS && System.nanoTime() < endNs; turn++) {
                    held += holds(cache, keys[(int) turn & 1], pages[(int) turn & 1], (int) turn % SPINS) ? 1 : 0;
                }
            } finally {
                ended.set(true);
            }
            System.out.println("held=" + held + " taken=" + taking.get());
            assertTrue(held > HOLDS / 100 && taking.get() > HOLDS / 100, "held=" + held + " taken=" + taking.get());
        }
    }

    private static boolean holds(FrameCache cache, FrameKey key, MemorySegment page, int spins) {
        long handle = cache.holdDirect(key, FrameLayout.SHARED_HOLD_STRIPES);
        if (handle < 0) {
            return false;
        }
        for (int spin = 0; spin < spins; spin++) {
            Thread.onSpinWait();
        }
        long at = cache.offsetBytes(handle);
        if (MemorySegment.mismatch(cache.memory(), at, at + page.byteSize(), page, 0, page.byteSize()) >= 0) {
            throw new AssertionError("the frame was taken although it was held: " + key);
        }
        cache.release(handle);
        return true;
    }

    private void run(TestFrames frames, int threads, int operations, int longest, long seed) throws Exception {
        System.out.println("seed=" + seed);
        List<FrameCache> caches = new ArrayList<>();
        for (int slot = 0; slot < 3; slot++) {
            caches.add(frames.attach(slot));
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<Long>> results = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                FrameCache cache = caches.get(thread % caches.size());
                Random random = new Random(seed + thread);
                int lane = FrameLayout.SHARED_HOLD_STRIPES + thread;
                results.add(executor.submit(() -> new Player(cache, lane, random, longest).play(operations)));
            }
            long hits = 0;
            for (Future<Long> result : results) {
                hits += result.get();
            }
            assertTrue(hits > operations / 10, "hits=" + hits);
        }
        FrameStats stats = caches.getFirst().stats();
        assertEquals(0, stats.claimed());
        assertEquals(frames.count(Counter.FRAMES_RESIDENT), stats.resident());
        assertEquals(0, frames.problems.get());
        long last = frames.count(Counter.FRAMES_REFUSED);
        for (int number = 0; number < KEYS; number++) {
            assertTrue(TestFrames.fill(caches.get(1), key(number + KEYS, longest)), "nothing is held any more");
        }
        assertEquals(last, frames.count(Counter.FRAMES_REFUSED));
    }

    private static FrameKey key(int number, int longest) {
        return TestFrames.key(number, 1 + number * 7919 % longest);
    }

    /** One thread. */
    private final class Player {
        private final FrameCache cache;
        private final int lane;
        private final Random random;
        private final int longest;
        private final ArrayDeque<Held> held = new ArrayDeque<>();
        private long hits;
        private long heldDirect;

        Player(FrameCache cache, int lane, Random random, int longest) {
            this.cache = cache;
            this.lane = lane;
            this.random = random;
            this.longest = longest;
        }

        private record Held(FrameKey key, long handle) {}

        long play(int operations) {
            for (int operation = 0; operation < operations; operation++) {
                int number = (int) Math.min(Math.abs(random.nextGaussian()) * KEYS / 3, KEYS - 1);
                FrameKey key = key(number, longest);
                int what = random.nextInt(100);
                if (what < 60) {
                    copyOrDecode(number, key);
                } else if (what < 80) {
                    hold(key);
                } else {
                    release();
                }
            }
            while (!held.isEmpty()) {
                release();
            }
            assertTrue(heldDirect > operations / 200, "heldDirect=" + heldDirect);
            return hits;
        }

        private void copyOrDecode(int number, FrameKey key) {
            int from = random.nextInt(key.lengthBytes());
            int length = random.nextInt(key.lengthBytes() - from + 1);
            byte[] target = new byte[length];
            if (cache.copy(key, from, MemorySegment.ofArray(target), 0, length)) {
                hits++;
                assertArrayEquals(Arrays.copyOfRange(TestFrames.page(key), from, from + length), target);
                return;
            }
            long handle = cache.claim(key);
            if (handle >= 0) {
                assertNull(decoding.put(number, Thread.currentThread().getName()), "decoded by two at once");
                MemorySegment page = MemorySegment.ofArray(TestFrames.page(key));
                for (int spin = random.nextInt(300); spin > 0; spin--) {
                    Thread.onSpinWait(); // Decoding takes a while.
                }
                decoding.remove(number);
                if (random.nextInt(10) == 0) {
                    cache.abandon(handle);
                } else {
                    cache.publish(handle, key, page, 0);
                }
            }
        }

        private void hold(FrameKey key) {
            boolean direct = random.nextBoolean();
            long handle = held.size() < 3 ? direct ? cache.holdDirect(key, lane) : cache.hold(key) : -1;
            if (handle >= 0) {
                heldDirect += direct ? 1 : 0;
                held.add(new Held(key, handle));
                check(held.getLast());
            }
        }

        private void release() {
            Held oldest = held.poll();
            if (oldest != null) {
                check(oldest);
                cache.release(oldest.handle);
            }
        }

        private void check(Held one) {
            byte[] found = cache.memory().asSlice(cache.offsetBytes(one.handle), one.key.lengthBytes())
                    .toArray(ValueLayout.JAVA_BYTE);
            assertArrayEquals(TestFrames.page(one.key), found);
        }
    }
}
