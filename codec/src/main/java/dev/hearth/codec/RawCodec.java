package dev.hearth.codec;

import java.lang.foreign.MemorySegment;

/** The codec of pages that are stored as they are. */
final class RawCodec implements PageCodec {
    @Override
    public int id() {
        return PageCodecs.RAW;
    }

    @Override
    public String codecName() {
        return "raw";
    }

    @Override
    public int maxEncodedBytes(int pageBytes) {
        return pageBytes;
    }

    @Override
    public int encode(MemorySegment source, MemorySegment target) {
        if (target.byteSize() < source.byteSize()) {
            return -1;
        }
        MemorySegment.copy(source, 0, target, 0, source.byteSize());
        return Math.toIntExact(source.byteSize());
    }

    @Override
    public void decode(MemorySegment source, MemorySegment target) {
        if (source.byteSize() != target.byteSize()) {
            throw new CodecException("raw page of " + source.byteSize() + " bytes for " + target.byteSize());
        }
        MemorySegment.copy(source, 0, target, 0, target.byteSize());
    }
}
