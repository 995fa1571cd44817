package dev.hearth.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Plain LZ4 blocks, written by the fast or by the exhaustive encoder; both are read alike. */
final class Lz4Codec implements PageCodec {
    private static final ThreadLocal<Lz4> LZ4 = ThreadLocal.withInitial(Lz4::new);

    private final boolean high;

    Lz4Codec(boolean high) {
        this.high = high;
    }

    @Override
    public int id() {
        return high ? PageCodecs.LZ4_HC : PageCodecs.LZ4;
    }

    @Override
    public String codecName() {
        return high ? "lz4-hc" : "lz4";
    }

    @Override
    public int maxEncodedBytes(int pageBytes) {
        return Lz4.maxEncodedBytes(pageBytes);
    }

    @Override
    public int encode(MemorySegment source, MemorySegment target) {
        int length = Math.toIntExact(source.byteSize());
        int bound = maxEncodedBytes(length);
        if (target.byteSize() >= bound) {
            return LZ4.get().encode(source, 0, length, target, 0, high);
        }
        // A target too small for the worst case may still do, and the library reports that it does not by throwing.
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment scratch = arena.allocate(bound);
            int encoded = LZ4.get().encode(source, 0, length, scratch, 0, high);
            if (encoded > target.byteSize()) {
                return -1;
            }
            MemorySegment.copy(scratch, 0, target, 0, encoded);
            return encoded;
        }
    }

    @Override
    public void decode(MemorySegment source, MemorySegment target) {
        int length = Math.toIntExact(source.byteSize());
        LZ4.get().decode(source, 0, length, target, 0, Math.toIntExact(target.byteSize()));
    }
}
