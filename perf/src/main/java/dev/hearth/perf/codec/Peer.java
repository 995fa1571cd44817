package dev.hearth.perf.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import dev.hearth.codec.Compression;
import dev.hearth.codec.DType;
import dev.hearth.codec.PageCodecs;
import dev.hearth.codec.PageDecoder;
import dev.hearth.codec.PageEncoder;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/** A way to encode pages, ours or another's. The codec id travels with the page; others have one of their own. */
interface Peer {
    String name();

    void startValue(DType dtype);

    /** Encodes a page into the target; returns the length. */
    int encode(MemorySegment page, MemorySegment target);

    /** What must be known besides the bytes to decode the page encoded last. */
    default int codecId() {
        return 0;
    }

    void decode(int codecId, MemorySegment encoded, MemorySegment page);

    /** All levels of ours, then plain LZ4, shuffles with LZ4, and zstd. */
    static List<Peer> all(int pageBytes) {
        return List.of(
                new Ours(Compression.FAST, pageBytes),
                new Ours(Compression.BALANCED, pageBytes),
                new Ours(Compression.SMALL, pageBytes),
                new Ours(Compression.LZ4, pageBytes),
                new Shuffled("byte-shuffle+LZ4", false, pageBytes),
                new Shuffled("bit-shuffle+LZ4", true, pageBytes),
                new ZstdPeer());
    }

    /** A level of ours. */
    final class Ours implements Peer {
        private final Compression level;
        private final PageEncoder encoder;
        private final PageDecoder decoder = new PageDecoder();

        Ours(Compression level, int pageBytes) {
            this.level = level;
            this.encoder = PageEncoder.create(level, DType.UNTYPED, pageBytes);
        }

        @Override
        public String name() {
            return level.name();
        }

        @Override
        public void startValue(DType dtype) {
            encoder.startValue(dtype);
        }

        @Override
        public int encode(MemorySegment page, MemorySegment target) {
            int length = encoder.encode(page, target);
            if (encoder.codecId() == PageCodecs.RAW) {
                MemorySegment.copy(page, 0, target, 0, length);
            }
            return length;
        }

        @Override
        public int codecId() {
            return encoder.codecId();
        }

        @Override
        public void decode(int codecId, MemorySegment encoded, MemorySegment page) {
            decoder.decode(codecId, encoded, page);
        }
    }

    /** LZ4 over bytes or bits of elements brought together, as blosc and its like do. */
    final class Shuffled implements Peer {
        private static final LZ4Compressor LZ4 = LZ4Factory.fastestInstance().fastCompressor();
        private static final LZ4SafeDecompressor UNLZ4 =
                LZ4Factory.fastestInstance().safeDecompressor();

        private final String name;
        private final boolean bits;
        private final ByteBuffer shuffled;
        private final MemorySegment shuffledBytes;
        private int elementBytes = 1;

        Shuffled(String name, boolean bits, int pageBytes) {
            this.name = name;
            this.bits = bits;
            this.shuffled = ByteBuffer.allocateDirect(pageBytes);
            this.shuffledBytes = MemorySegment.ofBuffer(shuffled);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void startValue(DType dtype) {
            elementBytes = Math.max(1, dtype.bits() / 8);
        }

        @Override
        public int encode(MemorySegment page, MemorySegment target) {
            int length = (int) page.byteSize();
            if (bits) {
                Shuffle.toBits(page, elementBytes, shuffledBytes);
            } else {
                Shuffle.toBytePlanes(page, elementBytes, shuffledBytes);
            }
            ByteBuffer out = target.asByteBuffer();
            return LZ4.compress(shuffled, 0, length, out, 0, out.capacity());
        }

        @Override
        public void decode(int codecId, MemorySegment encoded, MemorySegment page) {
            int length = (int) page.byteSize();
            UNLZ4.decompress(encoded.asByteBuffer(), 0, (int) encoded.byteSize(), shuffled, 0, length);
            if (bits) {
                Shuffle.fromBits(shuffledBytes, elementBytes, page);
            } else {
                Shuffle.fromBytePlanes(shuffledBytes, elementBytes, page);
            }
        }
    }

    /** zstd at level 1. */
    final class ZstdPeer implements Peer {
        private final ZstdCompressCtx compressor = new ZstdCompressCtx().setLevel(1);
        private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();

        @Override
        public String name() {
            return "zstd-1";
        }

        @Override
        public void startValue(DType dtype) {
            Zstd.defaultCompressionLevel();
        }

        @Override
        public int encode(MemorySegment page, MemorySegment target) {
            ByteBuffer out = target.asByteBuffer();
            return compressor.compressDirectByteBuffer(
                    out, 0, out.capacity(), page.asByteBuffer(), 0, (int) page.byteSize());
        }

        @Override
        public void decode(int codecId, MemorySegment encoded, MemorySegment page) {
            decompressor.decompressDirectByteBuffer(
                    page.asByteBuffer(), 0, (int) page.byteSize(), encoded.asByteBuffer(), 0, (int) encoded.byteSize());
        }
    }
}
