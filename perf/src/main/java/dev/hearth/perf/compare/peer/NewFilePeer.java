package dev.hearth.perf.compare.peer;

import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/**
 * Bytes into new space of a file, as fast as the kernel takes them: with {@code pwrite}, or by allocating space and
 * copying into its mapping. The floor of puts; nothing can be found again.
 */
final class NewFilePeer implements Peer {
    private static final long GROWTH_BYTES = 64L << 20;

    private final StoreDirectory directory;
    private final PosixFile file;
    private final FileChannel channel;
    private final boolean mapping;
    private Arena arena = Arena.ofConfined();
    private MemorySegment window = MemorySegment.NULL;
    private long windowUsed;
    private long end;

    NewFilePeer(PeerSetup setup, boolean mapping) {
        this.mapping = mapping;
        this.directory = StoreDirectory.create(setup.directory());
        this.file = directory.openOrCreate("new");
        try {
            this.channel = FileChannel.open(file.path(), StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Session session() {
        return new NewFileSession();
    }

    @Override
    public void close() {
        arena.close();
        file.close();
        directory.close();
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void append(MemorySegment value) throws IOException {
        if (!mapping) {
            file.write(end, value);
            end += value.byteSize();
            return;
        }
        if (windowUsed + value.byteSize() > window.byteSize()) {
            arena.close();
            arena = Arena.ofConfined();
            file.allocate(end, GROWTH_BYTES);
            window = channel.map(FileChannel.MapMode.READ_WRITE, end, GROWTH_BYTES, arena);
            end += GROWTH_BYTES;
            windowUsed = 0;
        }
        MemorySegment.copy(value, 0, window, windowUsed, value.byteSize());
        windowUsed += value.byteSize();
    }

    private final class NewFileSession implements Session {
        @Override
        public long hit(long id) {
            throw new UnsupportedOperationException("nothing is found again");
        }

        @Override
        public long read(long id, MemorySegment target) {
            throw new UnsupportedOperationException("nothing is found again");
        }

        @Override
        public void put(long id, MemorySegment value) {
            try {
                append(value);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
