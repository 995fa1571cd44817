package dev.hearth.perf.compare.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.lmdbjava.ByteBufferProxy;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.Txn;

/**
 * LMDB, without sync where {@code PROCESS} durability is asked: its fastest buffers, and one read transaction for each
 * session, reset after each get and renewed for the next, which is what its documentation recommends for many short
 * reads.
 */
final class LmdbPeer implements Peer {
    /** A value of a page takes two, and pages that were replaced stay until the transaction after the next. */
    private static final long ENTRY_OVERHEAD_BYTES = 8_192;

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> dbi;

    LmdbPeer(PeerSetup setup, EnvFlags... syncing) {
        try {
            Files.createDirectories(setup.directory());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<EnvFlags> flags = new ArrayList<>(List.of(syncing));
        flags.add(EnvFlags.MDB_NORDAHEAD);
        long entryBytes = setup.valueBytes() < 2_000
                ? 2L * (setup.valueBytes() + 128)
                : setup.valueBytes() + ENTRY_OVERHEAD_BYTES;
        long mapBytes = (256L << 20) + 2 * (setup.payloadBytes() / setup.valueBytes() + 1) * entryBytes;
        this.env = Env.create(ByteBufferProxy.PROXY_OPTIMAL).setMapSize(mapBytes).setMaxDbs(1)
                .open(setup.directory().toFile(), flags.toArray(EnvFlags[]::new));
        this.dbi = env.openDbi("values", DbiFlags.MDB_CREATE);
    }

    @Override
    public Session session() {
        return new LmdbSession();
    }

    @Override
    public void load(Values values, long from, long to) {
        ByteBuffer key = ByteBuffer.allocateDirect(Keys.BYTES);
        MemorySegment keySegment = MemorySegment.ofBuffer(key);
        try (Txn<ByteBuffer> txn = env.txnWrite()) {
            for (long id = from; id < to; id++) {
                Keys.write(id, keySegment);
                dbi.put(txn, key, values.of(id).asByteBuffer());
            }
            txn.commit();
        }
    }

    @Override
    public void close() {
        env.close();
    }

    private final class LmdbSession implements Session {
        private final ByteBuffer key = ByteBuffer.allocateDirect(Keys.BYTES);
        private final MemorySegment keySegment = MemorySegment.ofBuffer(key);
        private final Txn<ByteBuffer> txn = env.txnRead();

        LmdbSession() {
            txn.reset();
        }

        @Override
        public long hit(long id) {
            Keys.write(id, keySegment);
            txn.renew();
            ByteBuffer value = dbi.get(txn, key);
            long first = value == null ? ABSENT : value.order(ByteOrder.nativeOrder()).getLong(0);
            txn.reset();
            return first;
        }

        @Override
        public long read(long id, MemorySegment target) {
            return range(id, 0, target);
        }

        @Override
        public long range(long id, long offset, MemorySegment target) {
            Keys.write(id, keySegment);
            txn.renew();
            ByteBuffer value = dbi.get(txn, key);
            long first = ABSENT;
            if (value != null) {
                MemorySegment.copy(MemorySegment.ofBuffer(value), offset, target, 0, target.byteSize());
                first = target.get(ValueLayout.JAVA_LONG, 0);
            }
            txn.reset();
            return first;
        }

        @Override
        public void put(long id, MemorySegment value) {
            Keys.write(id, keySegment);
            try (Txn<ByteBuffer> write = env.txnWrite()) {
                dbi.put(write, key, value.asByteBuffer());
                write.commit();
            }
        }

        @Override
        public void close() {
            txn.close();
        }
    }
}
