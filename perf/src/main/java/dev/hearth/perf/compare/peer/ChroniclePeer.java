package dev.hearth.perf.compare.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Chronicle Map by itself, persisted and shared between processes, values compressed with LZ4 by the caller where that
 * saves anything; reads reuse one array for each session ({@code getUsing}).
 *
 * <p>
 * A stored value is one byte, 1 if compressed, and the bytes. LZ4 saves nothing on numbers of a normal distribution, so
 * hits here are {@code getUsing} and nothing else.
 */
final class ChroniclePeer implements Peer {
    private final ChronicleMap<byte[], byte[]> map;
    private final int valueBytes;

    ChroniclePeer(PeerSetup setup) {
        // They are read once, when the first class of Chronicle is initialised.
        System.setProperty("chronicle.analytics.disable", "true");
        System.setProperty("chronicle.announcer.disable", "true");
        this.valueBytes = setup.valueBytes();
        try {
            Files.createDirectories(setup.directory());
            this.map = ChronicleMapBuilder.of(byte[].class, byte[].class).name("values").entries(setup.entries())
                    .constantKeySizeBySample(new byte[Keys.BYTES]).averageValueSize(valueBytes + 1)
                    .createPersistedTo(setup.directory().resolve("values.cm").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Session session() {
        return new ChronicleSession();
    }

    @Override
    public void close() {
        map.close();
    }

    private final class ChronicleSession implements Session {
        private final byte[] key = new byte[Keys.BYTES];
        private final MemorySegment keySegment = MemorySegment.ofArray(key);
        private final byte[] stored = new byte[valueBytes + 1];
        private final byte[] packed;
        private final byte[] decoded = new byte[valueBytes];
        private final LZ4Compressor compressor = LZ4Factory.fastestInstance().fastCompressor();
        private final LZ4SafeDecompressor decompressor = LZ4Factory.fastestInstance().safeDecompressor();

        ChronicleSession() {
            this.packed = new byte[compressor.maxCompressedLength(valueBytes) + 1];
        }

        private byte @Nullable [] get(long id) {
            writeKey(id);
            return map.getUsing(key, stored);
        }

        private void writeKey(long id) {
            keySegment.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, Keys.mix(id));
            keySegment.set(ValueLayout.JAVA_LONG_UNALIGNED, Long.BYTES, id);
        }

        @Override
        public long hit(long id) {
            byte[] value = get(id);
            if (value == null) {
                return ABSENT;
            }
            if (value[0] == 1) {
                decompressor.decompress(value, 1, value.length - 1, decoded, 0);
                return Arrays.first(decoded);
            }
            return MemorySegment.ofArray(value).get(ValueLayout.JAVA_LONG_UNALIGNED, 1);
        }

        @Override
        public long read(long id, MemorySegment target) {
            byte[] value = get(id);
            if (value == null) {
                return ABSENT;
            }
            if (value[0] == 1) {
                decompressor.decompress(ByteBuffer.wrap(value, 1, value.length - 1), target.asByteBuffer());
            } else {
                MemorySegment.copy(value, 1, target, ValueLayout.JAVA_BYTE, 0, value.length - 1);
            }
            return target.get(ValueLayout.JAVA_LONG, 0);
        }

        @Override
        public void put(long id, MemorySegment value) {
            writeKey(id);
            MemorySegment.copy(value, ValueLayout.JAVA_BYTE, 0, decoded, 0, valueBytes);
            int length = compressor.compress(decoded, 0, valueBytes, packed, 1);
            if (length < valueBytes) {
                packed[0] = 1;
                map.put(key, java.util.Arrays.copyOf(packed, length + 1));
            } else {
                System.arraycopy(decoded, 0, stored, 1, valueBytes);
                stored[0] = 0;
                map.put(key, stored);
            }
        }
    }
}
