package dev.hearth.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * How wide elements are, and whether a sign tops them: known from the dtype, or guessed from a sample. Reusable; one
 * thread.
 *
 * <p>Bytes of unknown type are split by every shape on trial; the one whose planes have the least entropy wins, if by
 * enough: a blob of bytes may hold bf16, and then its exponents are in every second byte.
 */
final class ElementShape {
    private static final int SAMPLE_STRIPES = 8;
    private static final int STRIPE_BYTES = 512;
    private static final int SAMPLE_BYTES = SAMPLE_STRIPES * STRIPE_BYTES;
    // Part of the size that a wider shape must save over a simpler one: small samples flatter many planes.
    private static final double GAIN = 0.05;

    private final Transforms transforms;
    private final PlaneStatistics statistics = new PlaneStatistics();
    private final MemorySegment sample = Arena.ofAuto().allocate(SAMPLE_BYTES, 64);
    private final MemorySegment planes = Arena.ofAuto().allocate(SAMPLE_BYTES, 64);
    private final PlaneSet split = new PlaneSet();
    private int shift;
    private boolean rotated;

    ElementShape(Transforms transforms) {
        this.transforms = transforms;
    }

    /** Takes the shape of a type; false if that says nothing, and {@link #guess} is to be asked. */
    boolean take(DType dtype) {
        shift = switch (dtype) {
            case F16, BF16, I16, U16 -> 1;
            case F32, I32, U32 -> 2;
            case F64, I64, U64 -> 3;
            default -> 0;
        };
        rotated = switch (dtype) {
            case F8_E4M3, F8_E5M2, F16, BF16, F32, F64 -> true;
            default -> false;
        };
        return dtype != DType.UNTYPED && dtype != DType.U8 && dtype != DType.I8;
    }

    /** Guesses the shape from the first page of a value. */
    void guess(MemorySegment page) {
        shift = 0;
        rotated = false;
        int bytes = takeSample(page);
        double least = planeBytes(bytes, 0, false);
        // Rotated always: it is what floats need, and costs integers nothing.
        for (int trial = 1; trial <= 3; trial++) {
            double size = planeBytes(bytes, trial, true);
            if (size < least - GAIN * bytes) {
                least = size;
                shift = trial;
                rotated = true;
            }
        }
    }

    int shift() {
        return shift;
    }

    boolean rotated() {
        return rotated;
    }

    private int takeSample(MemorySegment page) {
        long length = page.byteSize();
        if (length <= SAMPLE_BYTES) {
            int bytes = (int) length & -STRIPE_BYTES;
            MemorySegment.copy(page, 0, sample, 0, bytes);
            return bytes;
        }
        for (int i = 0; i < SAMPLE_STRIPES; i++) {
            // Stripes start at multiples of the widest element.
            long at = ((length - STRIPE_BYTES) * i / (SAMPLE_STRIPES - 1)) & -TensorPage.MAX_ELEMENT_BYTES;
            MemorySegment.copy(page, at, sample, (long) i * STRIPE_BYTES, STRIPE_BYTES);
        }
        return SAMPLE_BYTES;
    }

    private double planeBytes(int bytes, int trial, boolean turned) {
        int groups = TensorPage.groups(bytes, trial);
        int elements = groups * Interleave.GROUP;
        if (elements == 0) {
            return bytes;
        }
        for (int p = 0; p < 1 << trial; p++) {
            split.set(p, planes, (long) p * elements);
        }
        transforms.interleave().split(sample, trial, turned, groups, split);
        double bits = 0;
        for (int p = 0; p < 1 << trial; p++) {
            statistics.measure(planes, (long) p * elements, elements, 1);
            bits += Math.min(8, statistics.entropyBits() + bias()) * elements;
        }
        return bits / 8;
    }

    // What a small sample shows too little of entropy (Miller and Madow 1955).
    private double bias() {
        return (statistics.distinct() - 1) / (2 * statistics.counted() * Math.log(2));
    }
}
