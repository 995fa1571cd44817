package dev.hearth.codec;

import static dev.hearth.codec.Bytes.putByte;
import static dev.hearth.codec.Bytes.putInt;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Encodes pages as {@linkplain TensorPage tensor pages}: splits elements into byte planes, lets each plane take the
 * method that suits it, and puts the page together.
 *
 * <p>One thread; keeps its working memory. What was learnt from the pages of a value is kept until the next.
 */
final class TensorEncoder {
    // Planes, and the codes of planes, have a whole block of room behind their elements.
    private static final int SLACK = FixedWidth.BLOCK;

    private final Transforms transforms;
    private final PlaneEncoder[] planeEncoders = new PlaneEncoder[TensorPage.MAX_ELEMENT_BYTES];
    private final MemorySegment planes;
    private final PlaneSet split = new PlaneSet();
    private final MemorySegment codes;
    private final MemorySegment rests;
    private final PlaneStatistics statistics = new PlaneStatistics();
    private int shift;
    private boolean rotated;

    /** An encoder of pages of at most a size. */
    TensorEncoder(Transforms transforms, Compression level, int pageBytes, Lz4 lz4) {
        this.transforms = transforms;
        long planesBytes = pageBytes + (long) TensorPage.MAX_ELEMENT_BYTES * SLACK;
        planes = Arena.ofAuto().allocate(planesBytes, 64);
        codes = Arena.ofAuto().allocate(planesBytes, 64);
        rests = Arena.ofAuto().allocate(TensorPage.MAX_ELEMENT_BYTES * (long) PlaneEncoder.maxRestBytes(0)
                + 2L * pageBytes, 64);
        for (int p = 0; p < planeEncoders.length; p++) {
            planeEncoders[p] = new PlaneEncoder(transforms, level, lz4);
        }
    }

    /** Starts a value whose elements have {@code 1 << shift} bytes, with the sign at the top if they are rotated. */
    void startValue(int shift, boolean rotated) {
        this.shift = shift;
        this.rotated = rotated;
        for (PlaneEncoder plane : planeEncoders) {
            plane.startValue();
        }
    }

    /**
     * Encodes a page, if that takes at most so many bytes.
     *
     * @return the length in the target, or -1
     */
    int encode(MemorySegment page, MemorySegment target, int mostBytes) {
        int pageBytes = (int) page.byteSize();
        int groups = TensorPage.groups(pageBytes, shift);
        int elements = groups * Interleave.GROUP;
        int tail = pageBytes - (elements << shift);
        int stride = (elements + SLACK) & -64;
        split(page, groups, stride);
        int total = TensorPage.headerBytes(shift) + tail;
        long rest = 0;
        for (int p = 0; p < 1 << shift; p++) {
            PlaneEncoder plane = planeEncoders[p];
            rest = plane.encode(planes, (long) p * stride, elements, codes, rests, rest);
            total += plane.mainBytes() + plane.restBytes();
            if (total > mostBytes) {
                return -1;
            }
        }
        writeHeader(target);
        long at = writePlanes(target);
        MemorySegment.copy(page, pageBytes - tail, target, at, tail);
        return total;
    }

    private void split(MemorySegment page, int groups, long stride) {
        for (int p = 0; p < 1 << shift; p++) {
            split.set(p, planes, p * stride);
        }
        transforms.interleave().split(page, shift, rotated, groups, split);
    }

    /** The bytes that no code for single bytes of elements goes below, as far as samples tell. */
    double leastBytes(MemorySegment page) {
        int groups = TensorPage.groups((int) page.byteSize(), shift);
        int elements = groups * Interleave.GROUP;
        int stride = (elements + SLACK) & -64;
        split(page, groups, stride);
        double bytes = page.byteSize() - ((long) elements << shift);
        for (int p = 0; p < 1 << shift; p++) {
            statistics.sample(planes, (long) p * stride, elements);
            bytes += statistics.entropyBits() / 8 * elements;
        }
        return bytes;
    }

    /** The codec id that says what decoding the page encoded last asks for. */
    int codecId() {
        int id = PageCodecs.TENSOR_FAST;
        for (int p = 0; p < 1 << shift; p++) {
            id = Math.max(id, planeEncoders[p].codecId());
        }
        return id;
    }

    private void writeHeader(MemorySegment target) {
        int headerBytes = TensorPage.headerBytes(shift);
        for (int i = 0; i < headerBytes; i += 8) {
            Bytes.putLong(target, i, 0);
        }
        putByte(target, TensorPage.SHAPE_OFFSET, shift | (rotated ? TensorPage.SHAPE_ROTATED : 0));
        for (int p = 0; p < 1 << shift; p++) {
            PlaneEncoder plane = planeEncoders[p];
            long at = TensorPage.planeOffset(p);
            putByte(target, at + TensorPage.PLANE_METHOD_OFFSET, plane.method());
            putByte(target, at + TensorPage.PLANE_FORM_OFFSET, plane.form());
            putByte(target, at + TensorPage.PLANE_BASE_OFFSET, plane.base());
            putInt(target, at + TensorPage.PLANE_LENGTH_OFFSET, plane.mainBytes() + plane.restBytes());
        }
    }

    private long writePlanes(MemorySegment target) {
        long at = TensorPage.headerBytes(shift);
        for (int p = 0; p < 1 << shift; p++) {
            planeEncoders[p].writeMain(target, at);
            at += planeEncoders[p].mainBytes();
        }
        for (int p = 0; p < 1 << shift; p++) {
            PlaneEncoder plane = planeEncoders[p];
            MemorySegment.copy(rests, plane.restOffset(), target, at, plane.restBytes());
            at += plane.restBytes();
        }
        return at;
    }
}
