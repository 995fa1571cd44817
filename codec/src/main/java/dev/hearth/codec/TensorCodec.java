package dev.hearth.codec;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** Tensor pages at a level, each by itself; the shape of elements is guessed. */
final class TensorCodec implements PageCodec {
    private static final ThreadLocal<PageDecoder> DECODER = ThreadLocal.withInitial(PageDecoder::new);

    private final int id;
    private final String name;
    private final Compression level;

    TensorCodec(int id, String name, Compression level) {
        this.id = id;
        this.name = name;
        this.level = level;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public String codecName() {
        return name;
    }

    @Override
    public int maxEncodedBytes(int pageBytes) {
        return TensorPage.headerBytes(3) + pageBytes;
    }

    // For pages one by one; whoever encodes many keeps a PageEncoder.
    @Override
    public int encode(MemorySegment source, MemorySegment target) {
        ElementShape shape = new ElementShape(Transforms.BEST);
        shape.guess(source);
        int length = Math.toIntExact(source.byteSize());
        TensorEncoder encoder = new TensorEncoder(Transforms.BEST, level, length, new Lz4());
        encoder.startValue(shape.shift(), shape.rotated());
        try {
            return encoder.encode(source, target, (int) Math.min(Integer.MAX_VALUE, target.byteSize()));
        } finally {
            Reference.reachabilityFence(source);
            Reference.reachabilityFence(target);
            Reference.reachabilityFence(encoder);
        }
    }

    @Override
    public void decode(MemorySegment source, MemorySegment target) {
        DECODER.get().decode(id, source, target);
    }
}
