package dev.hearth.perf.replay;

import dev.hearth.store.Eviction;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * A real store that blocks are cached in: values of noise, in place, so that the bytes that fit are known.
 *
 * <p>
 * A request looks for the longest prefix with {@code contains}, puts what is missing head to tail, and touches the
 * prefix tail to head. What the store refuses for want of room is not cached, and counted.
 */
final class HearthBlocks implements BlockCache {
    private final Hearth hearth;
    private final Namespace namespace;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment key = arena.allocate(8, 8);
    private final MemorySegment parentKey = arena.allocate(8, 8);
    private final MemorySegment value;
    private final PutOptions options = PutOptions.of(Kind.ACTIVATION).storage(Storage.IN_PLACE);
    private final boolean chained;
    private long refusedPuts;

    /**
     * Creates the store in an empty directory.
     *
     * @param chained whether each put names the block before it
     */
    HearthBlocks(Path directory, BlockGeometry geometry, Eviction policy, boolean chained, long seed) {
        this.chained = chained;
        long mostBlocks = geometry.capacityBytes() / geometry.blockBytes();
        this.hearth = Hearth.open(directory, HearthOptions.defaults().capacityBytes(geometry.capacityBytes())
                .segmentBytes(geometry.segmentBytes()).maxEntries(Math.max(1_024, 2 * mostBlocks)).eviction(policy)
                .frameBytes(HearthOptions.MIN_FRAME_BYTES));
        this.namespace = hearth.namespace(Fingerprint.of("trace"));
        this.value = arena.allocate(geometry.blockBytes(), 4096);
        SplittableRandom random = new SplittableRandom(seed);
        for (int at = 0; at + 8 <= geometry.blockBytes(); at += 8) {
            value.set(ValueLayout.JAVA_LONG, at, random.nextLong());
        }
    }

    @Override
    public int request(long[] blocks) {
        int prefix = 0;
        while (prefix < blocks.length && contains(blocks[prefix])) {
            prefix++;
        }
        for (int i = prefix; i < blocks.length; i++) {
            if (i == prefix || !contains(blocks[i])) {
                put(blocks[i], i == 0 ? NO_PARENT : blocks[i - 1]);
            }
        }
        for (int i = prefix - 1; i >= 0; i--) {
            namespace.touch(keyOf(blocks[i]));
        }
        return prefix;
    }

    private boolean contains(long block) {
        return namespace.contains(keyOf(block));
    }

    private void put(long block, long parent) {
        value.set(ValueLayout.JAVA_LONG, 0, block);
        PutOptions with = options;
        if (chained && parent != NO_PARENT) {
            parentKey.set(ValueLayout.JAVA_LONG, 0, parent);
            with = options.after(parentKey);
        }
        try {
            namespace.put(keyOf(block), value, with);
        } catch (HearthException.Full _) {
            refusedPuts++;
        }
    }

    private MemorySegment keyOf(long block) {
        key.set(ValueLayout.JAVA_LONG, 0, block);
        return key;
    }

    /** Puts the store had no room for. */
    long refusedPuts() {
        return refusedPuts;
    }

    /** An event counter of the store, by name. */
    long counter(String name) {
        return hearth.stats().counter(name);
    }

    @Override
    public void close() {
        hearth.close();
        arena.close();
    }
}
