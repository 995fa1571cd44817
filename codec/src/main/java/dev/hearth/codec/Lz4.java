package dev.hearth.codec;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Locale;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * LZ4 blocks from segment to segment, without garbage.
 *
 * <p>One thread. The safe decompressor is given exact lengths and must fill the target: the fast one trusts its input.
 */
final class Lz4 {
    private static final LZ4Factory FACTORY = LZ4Factory.fastestInstance();
    private static final LZ4Compressor FAST = FACTORY.fastCompressor();
    private static final LZ4Compressor HIGH = FACTORY.highCompressor();
    private static final LZ4SafeDecompressor DECOMPRESSOR = FACTORY.safeDecompressor();

    private final NativeWindow sourceWindow = new NativeWindow();
    private final NativeWindow targetWindow = new NativeWindow();

    /** Which implementation the library chose: {@code native}, or {@code java}, which has a quarter of the speed. */
    static String implementation() {
        String compressor = FACTORY.fastCompressor().getClass().getSimpleName();
        if (compressor.contains("JNI")) {
            return "native";
        }
        return compressor.toLowerCase(Locale.ROOT).contains("unsafe") ? "java (unsafe)" : "java";
    }

    /** The most bytes an encoding of so many bytes takes. */
    static int maxEncodedBytes(int sourceBytes) {
        return FAST.maxCompressedLength(sourceBytes);
    }

    /**
     * Encodes a range into the start of a target of at least {@link #maxEncodedBytes}; smaller ones may throw.
     *
     * @return the encoded length
     */
    int encode(MemorySegment source, long offset, int length, MemorySegment target, long targetOffset, boolean high) {
        int start = sourceWindow.cover(source, offset, length);
        int room = Math.toIntExact(target.byteSize() - targetOffset);
        int targetStart = targetWindow.cover(target, targetOffset, room);
        LZ4Compressor compressor = high ? HIGH : FAST;
        try {
            return compressor.compress(sourceWindow.buffer(), start, length, targetWindow.buffer(), targetStart, room);
        } finally {
            Reference.reachabilityFence(source);
            Reference.reachabilityFence(target);
        }
    }

    /**
     * Decodes a range that must give exactly so many bytes.
     *
     * @throws CodecException if it does not
     */
    void decode(
            MemorySegment source, long offset, int length, MemorySegment target, long targetOffset, int targetLength) {
        int start = sourceWindow.cover(source, offset, length);
        int targetStart = targetWindow.cover(target, targetOffset, targetLength);
        int decoded;
        try {
            decoded = DECOMPRESSOR.decompress(
                    sourceWindow.buffer(), start, length, targetWindow.buffer(), targetStart, targetLength);
        } catch (LZ4Exception e) {
            throw new CodecException("not an LZ4 block, length=" + length, e);
        } finally {
            Reference.reachabilityFence(source);
            Reference.reachabilityFence(target);
        }
        if (decoded != targetLength) {
            throw new CodecException("LZ4 block gives " + decoded + " bytes, expected " + targetLength);
        }
    }
}
