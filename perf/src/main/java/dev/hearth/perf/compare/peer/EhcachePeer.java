package dev.hearth.perf.compare.peer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.ehcache.Cache;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.MemoryUnit;

/** Ehcache 3 with a pool outside the heap of one process, from which it evicts. Nothing survives the process. */
final class EhcachePeer implements Peer {
    /** Its pages and its map take some room beside the values. */
    private static final long ENTRY_OVERHEAD_BYTES = 256;

    private final CacheManager manager;
    private final Cache<Long, byte[]> cache;

    EhcachePeer(PeerSetup setup) {
        long values = setup.payloadBytes();
        long bytes = setup.evicting()
                ? values
                : values + values / 2 + values / setup.valueBytes() * ENTRY_OVERHEAD_BYTES + (64L << 20);
        this.manager = CacheManagerBuilder.newCacheManagerBuilder().withCache("values",
                CacheConfigurationBuilder.newCacheConfigurationBuilder(Long.class, byte[].class,
                        ResourcePoolsBuilder.newResourcePoolsBuilder().offheap(bytes >> 20, MemoryUnit.MB)))
                .build(true);
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
