package dev.hearth.perf.compare.peer;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Caffeine on the heap of one process, bounded by the number of entries. Nothing survives the process. */
final class CaffeinePeer implements Peer {
    private final Cache<Long, byte[]> cache;

    CaffeinePeer(PeerSetup setup) {
        this.cache = Caffeine.newBuilder().maximumSize(setup.roomEntries())
                .initialCapacity((int) Math.min(1 << 24, setup.roomEntries())).build();
    }

    @Override
    public Session session() {
        return new CaffeineSession();
    }

    @Override
    public void settle() {
        cache.cleanUp();
    }

    @Override
    public void close() {
        cache.invalidateAll();
    }

    private final class CaffeineSession implements Session {
        @Override
        public long hit(long id) {
            byte[] value = cache.getIfPresent(id);
            return value == null ? ABSENT : Arrays.first(value);
        }

        @Override
        public long read(long id, MemorySegment target) {
            byte[] value = cache.getIfPresent(id);
            return value == null ? ABSENT : Arrays.copy(value, target);
        }

        @Override
        public void put(long id, MemorySegment value) {
            cache.put(id, value.toArray(ValueLayout.JAVA_BYTE));
        }
    }
}
