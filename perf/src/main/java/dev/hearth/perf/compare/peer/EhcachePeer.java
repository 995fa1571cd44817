package dev.hearth.perf.compare.peer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.ehcache.Cache;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.EntryUnit;
import org.ehcache.config.units.MemoryUnit;

/**
 * Ehcache 3 of one process, from which it evicts: with a pool outside the heap, of which nothing survives the process,
 * or with a persistent tier on disk below a pool outside the heap of a quarter of its size and a few entries on the
 * heap, as its documentation stacks them.
 */
final class EhcachePeer implements Peer {
    /** Its pages and its map take some room beside the values. */
    private static final long ENTRY_OVERHEAD_BYTES = 256;
    private static final long HEAP_ENTRIES = 100;
    private static final int OFFHEAP_PART = 4;

    private final CacheManager manager;
    private final Cache<Long, byte[]> cache;

    EhcachePeer(PeerSetup setup, boolean onDisk) {
        long values = setup.payloadBytes();
        long bytes = setup.evicting()
                ? values
                : values + values / 2 + values / setup.valueBytes() * ENTRY_OVERHEAD_BYTES + (64L << 20);
        ResourcePoolsBuilder pools = ResourcePoolsBuilder.newResourcePoolsBuilder();
        CacheManagerBuilder<? extends CacheManager> builder = CacheManagerBuilder.newCacheManagerBuilder();
        if (onDisk) {
            pools = pools.heap(HEAP_ENTRIES, EntryUnit.ENTRIES).offheap((bytes / OFFHEAP_PART) >> 20, MemoryUnit.MB)
                    .disk(bytes >> 20, MemoryUnit.MB, true);
            builder = CacheManagerBuilder.newCacheManagerBuilder()
                    .with(CacheManagerBuilder.persistence(setup.directory().toFile()));
        } else {
            pools = pools.offheap(bytes >> 20, MemoryUnit.MB);
        }
        this.manager = builder.withCache("values",
                CacheConfigurationBuilder.newCacheConfigurationBuilder(Long.class, byte[].class, pools)).build(true);
        this.cache = manager.getCache("values", Long.class, byte[].class);
    }

    @Override
    public Session session() {
        return new EhcacheSession();
    }

    @Override
    public void close() {
        manager.close();
    }

    private final class EhcacheSession implements Session {
        @Override
        public long hit(long id) {
            byte[] value = cache.get(id);
            return value == null ? ABSENT : Arrays.first(value);
        }

        @Override
        public long read(long id, MemorySegment target) {
            byte[] value = cache.get(id);
            return value == null ? ABSENT : Arrays.copy(value, target);
        }

        @Override
        public void put(long id, MemorySegment value) {
            cache.put(id, value.toArray(ValueLayout.JAVA_BYTE));
        }
    }
}
