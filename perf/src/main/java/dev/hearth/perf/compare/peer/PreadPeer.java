package dev.hearth.perf.compare.peer;

import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Values one behind the other in a file, read with {@code pread}: the least that reading from a disk takes. Where a
 * value is follows from its number.
 */
final class PreadPeer implements Peer {
    private static final long PIECE_BYTES = 1 << 20;

    private final StoreDirectory directory;
    private final PosixFile file;
    private final long entries;
    private final int valueBytes;

    PreadPeer(PeerSetup setup) {
        this.directory = StoreDirectory.create(setup.directory());
        this.file = directory.openOrCreate("values");
        this.entries = setup.entries();
        this.valueBytes = setup.valueBytes();
    }

    @Override
    public Session session() {
        return new PreadSession();
    }

    @Override
    public void close() {
        file.close();
        directory.close();
    }

    private final class PreadSession implements Session {
        @Override
        public long hit(long id) {
            throw new UnsupportedOperationException("nothing is seen where it lies");
        }

        @Override
        public long read(long id, MemorySegment target) {
            return range(id, 0, target);
        }

        @Override
        public long range(long id, long offset, MemorySegment target) {
            if (id >= entries) {
                return ABSENT;
            }
            long from = id * valueBytes + offset;
            for (long at = 0; at < target.byteSize(); at += PIECE_BYTES) {
                long piece = Math.min(PIECE_BYTES, target.byteSize() - at);
                if (file.read(from + at, target.asSlice(at, piece)) < piece) {
                    return ABSENT;
                }
            }
            return target.get(ValueLayout.JAVA_LONG, 0);
        }

        @Override
        public void put(long id, MemorySegment value) {
            file.write(id * valueBytes, value);
        }
    }
}
