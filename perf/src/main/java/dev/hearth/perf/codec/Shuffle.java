package dev.hearth.perf.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Bytes, or bits, of elements brought together by their place in the element: what peers do before LZ4. */
final class Shuffle {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Shuffle() {}

    static void toBytePlanes(MemorySegment page, int elementBytes, MemorySegment planes) {
        long elements = page.byteSize() / elementBytes;
        for (int b = 0; b < elementBytes; b++) {
            for (long i = 0; i < elements; i++) {
                planes.set(
                        ValueLayout.JAVA_BYTE, b * elements + i, page.get(ValueLayout.JAVA_BYTE, i * elementBytes + b));
            }
        }
        copyTail(page, elements * elementBytes, planes);
    }

    static void fromBytePlanes(MemorySegment planes, int elementBytes, MemorySegment page) {
        long elements = page.byteSize() / elementBytes;
        for (int b = 0; b < elementBytes; b++) {
            for (long i = 0; i < elements; i++) {
                page.set(
                        ValueLayout.JAVA_BYTE, i * elementBytes + b,
                        planes.get(ValueLayout.JAVA_BYTE, b * elements + i));
            }
        }
        copyTail(planes, elements * elementBytes, page);
    }

    /** Bit planes of byte planes: eight bytes of a plane at a time are an eight by eight matrix of bits. */
    static void toBits(MemorySegment page, int elementBytes, MemorySegment planes) {
        long elements = page.byteSize() / elementBytes / 8 * 8;
        for (int b = 0; b < elementBytes; b++) {
            for (long i = 0; i < elements; i += 8) {
                long word = 0;
                for (int k = 7; k >= 0; k--) {
                    word = (word << 8) | (page.get(ValueLayout.JAVA_BYTE, (i + k) * elementBytes + b) & 0xFF);
                }
                word = transpose(word);
                for (int k = 0; k < 8; k++) {
                    planes.set(ValueLayout.JAVA_BYTE, (b * 8L + k) * (elements / 8) + i / 8, (byte) (word >>> (8 * k)));
                }
            }
        }
        copyTail(page, elements * elementBytes, planes);
    }

    static void fromBits(MemorySegment planes, int elementBytes, MemorySegment page) {
        long elements = page.byteSize() / elementBytes / 8 * 8;
        for (int b = 0; b < elementBytes; b++) {
            for (long i = 0; i < elements; i += 8) {
                long word = 0;
                for (int k = 7; k >= 0; k--) {
                    word = (word << 8)
                            | (planes.get(ValueLayout.JAVA_BYTE, (b * 8L + k) * (elements / 8) + i / 8) & 0xFF);
                }
                word = transpose(word);
                if (elementBytes == 1) {
                    page.set(LONG, i, word);
                } else {
                    for (int k = 0; k < 8; k++) {
                        page.set(ValueLayout.JAVA_BYTE, (i + k) * elementBytes + b, (byte) (word >>> (8 * k)));
                    }
                }
            }
        }
        copyTail(planes, elements * elementBytes, page);
    }

    private static void copyTail(MemorySegment from, long offset, MemorySegment to) {
        long end = Math.min(from.byteSize(), to.byteSize());
        MemorySegment.copy(from, offset, to, offset, end - offset);
    }

    // Eight by eight bits, a row to a byte.
    private static long transpose(long x) {
        long t = (x ^ (x >>> 7)) & 0x00AA00AA00AA00AAL;
        long y = x ^ t ^ (t << 7);
        t = (y ^ (y >>> 14)) & 0x0000CCCC0000CCCCL;
        y = y ^ t ^ (t << 14);
        t = (y ^ (y >>> 28)) & 0x00000000F0F0F0F0L;
        return y ^ t ^ (t << 28);
    }
}
