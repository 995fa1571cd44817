package dev.hearth.codec;

import static dev.hearth.codec.Bytes.getByte;
import static dev.hearth.codec.Bytes.getInt;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Decodes {@linkplain TensorPage tensor pages}: planes that are not stored as they are go through working memory,
 * then all are merged into the target.
 *
 * <p>One thread; keeps its working memory, which is as large as the largest page met, and makes no garbage. Every
 * length is checked against the encoded page before a plane is touched: they must add up exactly.
 */
final class TensorDecoder {
    private static final int SCRATCH_ALIGNMENT = 4096;

    private final Transforms transforms;
    private final Lz4 lz4;
    private final HuffmanDecoder huffman = new HuffmanDecoder();
    private final PlaneSet planes = new PlaneSet();
    private final FixedPlane fixed = new FixedPlane();
    private final int[] methods = new int[TensorPage.MAX_ELEMENT_BYTES];
    private final int[] forms = new int[TensorPage.MAX_ELEMENT_BYTES];
    private final int[] bases = new int[TensorPage.MAX_ELEMENT_BYTES];
    private final long[] mains = new long[TensorPage.MAX_ELEMENT_BYTES];
    private final long[] rests = new long[TensorPage.MAX_ELEMENT_BYTES + 1];
    private MemorySegment scratch = MemorySegment.NULL;
    private MemorySegment bits = MemorySegment.NULL;

    TensorDecoder(Transforms transforms, Lz4 lz4) {
        this.transforms = transforms;
        this.lz4 = lz4;
    }

    /**
     * Decodes a page into exactly the target.
     *
     * @throws CodecException if the bytes are not an encoding of a page of that size
     */
    void decode(MemorySegment encoded, MemorySegment page) {
        if (encoded.byteSize() < TensorPage.headerBytes(0) || page.byteSize() > PageEncoder.MAX_PAGE_BYTES) {
            throw new CodecException("tensor page of " + encoded.byteSize() + " bytes for " + page.byteSize());
        }
        int pageBytes = (int) page.byteSize();
        int shape = getByte(encoded, TensorPage.SHAPE_OFFSET);
        int shift = shape & 3;
        boolean rotated = (shape & TensorPage.SHAPE_ROTATED) != 0;
        if (shape > 7 || (getInt(encoded, 0) & 0xFFFFFF00) != 0) {
            throw new CodecException("tensor page of shape " + Integer.toHexString(getInt(encoded, 0)));
        }
        int groups = TensorPage.groups(pageBytes, shift);
        int tail = pageBytes - (groups << (shift + 6));
        locatePlanes(encoded, shift, groups, tail);
        if (isConstant(1 << shift)) {
            fill(shift, rotated, groups, page);
        } else {
            decodePlanes(encoded, shift, rotated, groups, page);
        }
        MemorySegment.copy(encoded, encoded.byteSize() - tail, page, pageBytes - tail, tail);
    }

    private void locatePlanes(MemorySegment encoded, int shift, int groups, int tail) {
        int elements = groups * Interleave.GROUP;
        int count = 1 << shift;
        long at = TensorPage.headerBytes(shift);
        if (encoded.byteSize() < at) {
            throw new CodecException("tensor page of " + encoded.byteSize() + " bytes");
        }
        for (int p = 0; p < count; p++) {
            long plane = TensorPage.planeOffset(p);
            methods[p] = getByte(encoded, plane + TensorPage.PLANE_METHOD_OFFSET);
            forms[p] = getByte(encoded, plane + TensorPage.PLANE_FORM_OFFSET);
            bases[p] = getByte(encoded, plane + TensorPage.PLANE_BASE_OFFSET);
            mains[p] = at;
            at += mainBytes(p, elements);
        }
        for (int p = 0; p < count; p++) {
            rests[p] = at;
            long length = getInt(encoded, TensorPage.planeOffset(p) + TensorPage.PLANE_LENGTH_OFFSET) & 0xFFFFFFFFL;
            long rest = length - mainBytes(p, elements);
            boolean fits = hasRest(p) ? rest >= 0 : rest == 0;
            if (!fits || getByte(encoded, TensorPage.planeOffset(p) + TensorPage.PLANE_RESERVED_OFFSET) != 0) {
                throw new CodecException("plane " + p + " by method " + methods[p] + " in " + length + " bytes");
            }
            at += rest;
        }
        rests[count] = at;
        if (at + tail != encoded.byteSize()) {
            throw new CodecException("planes and tail take " + (at + tail) + " of " + encoded.byteSize() + " bytes");
        }
    }

    private int mainBytes(int plane, int elements) {
        return switch (methods[plane]) {
            case TensorPage.METHOD_RAW -> elements;
            case TensorPage.METHOD_FIXED ->
                    FixedWidth.codeBytes(elements, CodeWindow.of(forms[plane], bases[plane]).width());
            case TensorPage.METHOD_CONST, TensorPage.METHOD_HUFFMAN, TensorPage.METHOD_BITS_LZ4 -> 0;
            default -> throw new CodecException("unknown plane method=" + methods[plane]);
        };
    }

    private boolean hasRest(int plane) {
        return switch (methods[plane]) {
            case TensorPage.METHOD_RAW, TensorPage.METHOD_CONST -> false;
            case TensorPage.METHOD_FIXED -> CodeWindow.of(forms[plane], bases[plane]).escaped();
            default -> true;
        };
    }

    private boolean isConstant(int count) {
        for (int p = 0; p < count; p++) {
            if (methods[p] != TensorPage.METHOD_CONST) {
                return false;
            }
        }
        return true;
    }

    // All elements alike: one of them, repeated.
    private void fill(int shift, boolean rotated, int groups, MemorySegment page) {
        long element = 0;
        int bitCount = 8 << shift;
        for (int p = 0; p < 1 << shift; p++) {
            element |= (long) forms[p] << (8 * p);
        }
        if (rotated) {
            element = (element >>> 1) | ((element & 1) << (bitCount - 1));
        }
        for (int width = bitCount; width < 64; width *= 2) {
            element |= element << width;
        }
        int bytes = groups << (shift + 6);
        if (element == 0) {
            page.asSlice(0, bytes).fill((byte) 0);
            return;
        }
        for (int i = 0; i < bytes; i += 8) {
            Bytes.putLong(page, i, element);
        }
    }

    private void decodePlanes(MemorySegment encoded, int shift, boolean rotated, int groups, MemorySegment page) {
        int elements = groups * Interleave.GROUP;
        if (shift == 0 && !rotated) {
            decodePlane(encoded, 0, groups, page, 0);
            return;
        }
        long stride = (elements + SCRATCH_ALIGNMENT - 1L) & -SCRATCH_ALIGNMENT;
        reserve(stride << shift);
        for (int p = 0; p < 1 << shift; p++) {
            if (methods[p] == TensorPage.METHOD_RAW) {
                planes.set(p, encoded, mains[p]);
            } else {
                planes.set(p, scratch, p * stride);
                decodePlane(encoded, p, groups, scratch, p * stride);
            }
        }
        transforms.interleave().merge(planes, shift, rotated, groups, page);
        planes.clear(scratch);
    }

    private void reserve(long bytes) {
        if (scratch.byteSize() < bytes) {
            scratch = Arena.ofAuto().allocate(bytes, SCRATCH_ALIGNMENT);
        }
    }

    private void decodePlane(MemorySegment encoded, int p, int groups, MemorySegment target, long offset) {
        int elements = groups * Interleave.GROUP;
        switch (methods[p]) {
            case TensorPage.METHOD_RAW -> MemorySegment.copy(encoded, mains[p], target, offset, elements);
            case TensorPage.METHOD_CONST -> target.asSlice(offset, elements).fill((byte) forms[p]);
            case TensorPage.METHOD_FIXED -> decodeFixed(encoded, p, groups, target, offset);
            case TensorPage.METHOD_HUFFMAN ->
                    huffman.decode(encoded, rests[p], rests[p + 1], target, offset, elements);
            default -> decodeBits(encoded, p, elements, target, offset);
        }
    }

    private void decodeFixed(MemorySegment encoded, int p, int groups, MemorySegment target, long offset) {
        CodeWindow window = CodeWindow.of(forms[p], bases[p]);
        fixed.of(encoded, window, mains[p], groups).escapes(rests[p], rests[p + 1]);
        long used = transforms.fixedWidth().decode(fixed, target, offset);
        fixed.clear();
        if (used != rests[p + 1]) {
            throw new CodecException("plane " + p + " has other escapes than codes ask for");
        }
    }

    private void decodeBits(MemorySegment encoded, int p, int elements, MemorySegment target, long offset) {
        int planeBytes = BitPlanes.planeBytes(elements);
        // Bit planes hold whole blocks; bytes beyond the elements go no further than here.
        long bytes = planeBytes * 8L;
        if (bits.byteSize() < 2 * bytes) {
            bits = Arena.ofAuto().allocate(2 * bytes, SCRATCH_ALIGNMENT);
        }
        lz4.decode(encoded, rests[p], (int) (rests[p + 1] - rests[p]), bits, 0, (int) bytes);
        transforms.bitPlanes().toBytes(bits, 0, planeBytes, bits, bytes);
        MemorySegment.copy(bits, bytes, target, offset, elements);
    }
}
