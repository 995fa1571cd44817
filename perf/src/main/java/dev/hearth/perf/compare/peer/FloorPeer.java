package dev.hearth.perf.compare.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.agrona.collections.Long2LongHashMap;

/**
 * The least any store has to do: a file, mapped, and a map from number to offset that is private to the process. No
 * sharing, no removal, no checks, nothing that survives: the floor, not a peer.
 */
final class FloorPeer implements Peer {
    private static final long MISSING = -1;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment mapped;
    private final Long2LongHashMap offsets = new Long2LongHashMap(MISSING);
    private final int valueBytes;
    private long end;

    FloorPeer(PeerSetup setup) {
        this.valueBytes = setup.valueBytes();
        long slotBytes = slotBytes(valueBytes);
        try {
            Files.createDirectories(setup.directory());
            try (FileChannel file = FileChannel.open(setup.directory().resolve("floor"), StandardOpenOption.CREATE,
                    StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                this.mapped = file.map(FileChannel.MapMode.READ_WRITE, 0, setup.entries() * slotBytes, arena);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long slotBytes(int valueBytes) {
        return (valueBytes + 63L) & -64L;
    }

    @Override
    public Session session() {
        return new FloorSession();
    }

    @Override
    public void close() {
        arena.close();
    }

    private final class FloorSession implements Session {
        @Override
        public long hit(long id) {
            long offset = offsets.get(id);
            return offset == MISSING ? ABSENT : mapped.get(ValueLayout.JAVA_LONG, offset);
        }

        @Override
        public long read(long id, MemorySegment target) {
            long offset = offsets.get(id);
            if (offset == MISSING) {
                return ABSENT;
            }
            MemorySegment.copy(mapped, offset, target, 0, valueBytes);
            return target.get(ValueLayout.JAVA_LONG, 0);
        }

        @Override
        public long range(long id, long offset, MemorySegment target) {
            long start = offsets.get(id);
            if (start == MISSING) {
                return ABSENT;
            }
            MemorySegment.copy(mapped, start + offset, target, 0, target.byteSize());
            return target.get(ValueLayout.JAVA_LONG, 0);
        }

        @Override
        public void put(long id, MemorySegment value) {
            long offset = offsets.get(id);
            if (offset == MISSING) {
                offset = end;
                end += slotBytes(valueBytes);
                offsets.put(id, offset);
            }
            MemorySegment.copy(value, 0, mapped, offset, valueBytes);
        }
    }
}
