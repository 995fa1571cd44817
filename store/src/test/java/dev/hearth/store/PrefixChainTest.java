package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Blocks that continue one another: what is there of a chain is a prefix of it at every instant. */
class PrefixChainTest {
    private static final long SEED = Long.getLong("hearth.chains.seed", 42);
    private static final int ROUNDS = 400;
    private static final int BLOCK_BYTES = 4 << 10;
    private static final int CHAINS = 30;
    private static final int LONGEST = 60;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(6 << 20)
            .segmentBytes(256 << 10).pageBytes(4 << 10).maxEntries(20_000);

    @TempDir
    Path temporary;

    private static MemorySegment key(int chain, int block) {
        return Keys.utf8("chain " + chain + " block " + block);
    }

    private static int length(Namespace namespace, int chain, String when) {
        int length = 0;
        while (length < LONGEST && namespace.contains(key(chain, length))) {
            length++;
        }
        // Only the caller puts blocks of chains: what is behind a gap now was behind it before.
        for (int block = length + 1; block < LONGEST; block++) {
            assertFalse(namespace.contains(key(chain, block)),
                    "chain=" + chain + " has block " + block + " without block " + length + ' ' + when);
        }
        return length;
    }

    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[BLOCK_BYTES];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void useTailToHead(Namespace namespace, int chain, int length, MemorySegment target) {
        for (int block = length - 1; block >= 0; block--) {
            namespace.read(key(chain, block), 0, target);
        }
    }

    /** Puts what belongs to no chain until it is told to end. */
    private static final class Filler implements Runnable {
        final AtomicBoolean over = new AtomicBoolean();
        final AtomicInteger filled = new AtomicInteger();
        private final Namespace namespace;

        Filler(Namespace namespace) {
            this.namespace = namespace;
        }

        @Override
        public void run() {
            Random random = new Random(SEED + 1);
            while (!over.get()) {
                namespace.put(Keys.utf8("filler " + random.nextInt(2_000)), MemorySegment.ofArray(bytes(random)),
                        PutOptions.of(Kind.ACTIVATION));
                filled.incrementAndGet();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Eviction.class)
    void chains_underConstantEviction_arePrefixesAtEveryInstant(Eviction eviction) throws Exception {
        try (Hearth hearth = Hearth.open(temporary.resolve("store"), SMALL.eviction(eviction));
                ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Filler filler = new Filler(namespace);
            Future<?> filling = executor.submit(filler);
            int shortened;
            try {
                shortened = growChains(namespace, filler, filling);
            } finally {
                filler.over.set(true);
            }
            filling.get();
            assertTrue(shortened > 5, "chains lost their tails: shortened=" + shortened);
            assertTrue(hearth.stats().counter("evictions") > 1_000, "evictions");
        }
    }

    /** Grows and uses chains, and looks at them; returns how often one was shorter than before. */
    private static int growChains(Namespace namespace, Filler filler, Future<?> filling) throws Exception {
        Random random = new Random(SEED);
        MemorySegment target = MemorySegment.ofArray(new byte[BLOCK_BYTES]);
        int[] known = new int[CHAINS];
        int shortened = 0;
        for (int round = 0; round < ROUNDS || filler.filled.get() < 2_000; round++) {
            if (filling.isDone()) {
                filling.get();
            }
            int chain = Math.min(random.nextInt(CHAINS), random.nextInt(CHAINS));
            String when = "seed=" + SEED + " round=" + round;
            int length = length(namespace, chain, when);
            shortened += length < known[chain] ? 1 : 0;
            if (random.nextInt(4) == 0) {
                useTailToHead(namespace, chain, length, target);
            }
            int grow = Math.min(LONGEST - length, random.nextInt(6));
            for (int i = 0; i < grow; i++) {
                PutOptions options = PutOptions.of(Kind.ACTIVATION);
                namespace.put(key(chain, length + i), MemorySegment.ofArray(bytes(random)),
                        length + i == 0 ? options : options.after(key(chain, length + i - 1)));
            }
            known[chain] = length(namespace, chain, when);
            length(namespace, random.nextInt(CHAINS), when);
        }
        return shortened;
    }

    /** All that could be dropped is continued by what was put last: only going from there can room be made. */
    @ParameterizedTest
    @EnumSource(Eviction.class)
    void chain_longerThanTheStore_losesItsTailAndNobodyIsRefused(Eviction eviction) {
        Random random = new Random(SEED);
        try (Hearth hearth = Hearth.open(temporary.resolve("store"), SMALL.eviction(eviction))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            int length = 0;
            int shortened = 0;
            for (int i = 0; i < 3_000; i++) {
                PutOptions options = PutOptions.of(Kind.ACTIVATION);
                namespace.put(key(0, length), MemorySegment.ofArray(bytes(random)),
                        length == 0 ? options : options.after(key(0, length - 1)));
                length++;
                if (!namespace.contains(key(0, length - 1))) {
                    int last = length;
                    while (length > 0 && !namespace.contains(key(0, length - 1))) {
                        length--;
                    }
                    for (int block = 0; block < length; block++) {
                        assertTrue(namespace.contains(key(0, block)),
                                "block " + block + " of " + length + " seed=" + SEED + " i=" + i);
                    }
                    shortened += length < last ? 1 : 0;
                }
            }
            assertTrue(shortened > 0, "shortened=" + shortened);
        }
    }

    @Test
    void put_afterWhatIsNotThere_putsNothing() {
        try (Hearth hearth = Hearth.open(temporary.resolve("store"), SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            MemorySegment value = MemorySegment.ofArray(new byte[10]);
            namespace.put(key(0, 1), value, PutOptions.of(Kind.ACTIVATION).after(key(0, 0)));
            assertFalse(namespace.contains(key(0, 1)));
            try (Batch batch = hearth.batch(Fingerprint.of("n"))) {
                batch.put(key(0, 0), value, PutOptions.of(Kind.ACTIVATION));
                batch.put(key(0, 1), value, PutOptions.of(Kind.ACTIVATION).after(key(0, 0)));
                batch.commit();
            }
            assertEquals(2, length(namespace, 0, "after the batch"));
        }
    }
}
