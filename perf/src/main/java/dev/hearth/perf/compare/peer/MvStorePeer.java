package dev.hearth.perf.compare.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * H2's MVStore in a file, with a cache as large as the values. A put is followed by a commit, which writes to the file:
 * only then does it survive the process.
 */
final class MvStorePeer implements Peer {
    private static final int COMMIT_ENTRIES = 1_000;

    private final MVStore store;
    private final MVMap<Long, byte[]> map;

    MvStorePeer(PeerSetup setup) {
        try {
            Files.createDirectories(setup.directory());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.store = new MVStore.Builder().fileName(setup.directory().resolve("values.mv").toString())
                .cacheSize(Math.clamp(setup.payloadBytes() >> 20, 16, 1_024)).autoCommitDisabled().open();
        this.map = store.openMap("values");
    }

    @Override
    public Session session() {
        return new MvStoreSession();
    }

    @Override
    public void load(Values values, long from, long to) {
        for (long id = from; id < to; id++) {
            map.put(id, values.of(id).toArray(ValueLayout.JAVA_BYTE));
            if ((id + 1) % COMMIT_ENTRIES == 0) {
                store.commit();
            }
        }
        store.commit();
    }

    @Override
    public void close() {
        store.closeImmediately();
    }

    private final class MvStoreSession implements Session {
        @Override
        public long hit(long id) {
            byte[] value = map.get(id);
            return value == null ? ABSENT : Arrays.first(value);
        }

        @Override
        public long read(long id, MemorySegment target) {
            byte[] value = map.get(id);
            return value == null ? ABSENT : Arrays.copy(value, target);
        }

        @Override
        public void put(long id, MemorySegment value) {
            map.put(id, value.toArray(ValueLayout.JAVA_BYTE));
            store.commit();
        }
    }
}
