package dev.hearth.perf.compare.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/**
 * RocksDB set up for point lookups with a cache larger than the values, its log written without sync. It has no way to
 * see a value where it lies from Java: a hit copies into a buffer of the session.
 *
 * <p>
 * Large values are not put into blob files: from Java there is no cache for these, so that every hit would be a system
 * call.
 */
final class RocksPeer implements Peer {
    static {
        RocksDB.loadLibrary();
    }

    private final Options options;
    private final RocksDB database;
    private final WriteOptions write = new WriteOptions().setSync(false);
    private final ReadOptions read = new ReadOptions();
    private final int valueBytes;

    RocksPeer(PeerSetup setup) {
        this.valueBytes = setup.valueBytes();
        long cacheMb = Math.clamp((setup.payloadBytes() * 5 / 4) >> 20, 64, 2_048);
        this.options = new Options().setCreateIfMissing(true).optimizeForPointLookup(cacheMb)
                .setMaxBackgroundJobs(2).setInfoLogLevel(InfoLogLevel.WARN_LEVEL);
        try {
            Files.createDirectories(setup.directory());
            this.database = RocksDB.open(options, setup.directory().toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Session session() {
        return new RocksSession();
    }

    @Override
    public void settle() {
        try (FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
            database.flush(flush);
            database.compactRange();
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        database.close();
        write.close();
        read.close();
        options.close();
    }

    private final class RocksSession implements Session {
        private final ByteBuffer key = ByteBuffer.allocateDirect(Keys.BYTES);
        private final MemorySegment keySegment = MemorySegment.ofBuffer(key);
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(valueBytes);
        private final MemorySegment bufferSegment = MemorySegment.ofBuffer(buffer);

        @Override
        public long hit(long id) {
            buffer.clear();
            return get(id, buffer) ? bufferSegment.get(ValueLayout.JAVA_LONG_UNALIGNED, 0) : ABSENT;
        }

        @Override
        public long read(long id, MemorySegment target) {
            return get(id, target.asByteBuffer()) ? target.get(ValueLayout.JAVA_LONG, 0) : ABSENT;
        }

        private boolean get(long id, ByteBuffer target) {
            Keys.write(id, keySegment);
            key.clear();
            try {
                return database.get(read, key, target) != RocksDB.NOT_FOUND;
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
        }

        /** There is no way to get less than a value. */
        @Override
        public long range(long id, long offset, MemorySegment target) {
            buffer.clear();
            if (!get(id, buffer)) {
                return ABSENT;
            }
            MemorySegment.copy(bufferSegment, offset, target, 0, target.byteSize());
            return target.get(ValueLayout.JAVA_LONG, 0);
        }

        @Override
        public void put(long id, MemorySegment value) {
            Keys.write(id, keySegment);
            key.clear();
            try {
                database.put(write, key, value.asByteBuffer());
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
