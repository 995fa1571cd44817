package dev.hearth.codec;

import org.jspecify.annotations.Nullable;

/**
 * The values that have {@linkplain FixedWidth fixed-width codes}, as a page describes them.
 *
 * @param width bits of a code, 1 to 7
 * @param shift how far a code is shifted up; width + shift is at most 8
 * @param escaped whether the largest code is an escape; then shift is 0
 * @param base the value of code 0
 */
record CodeWindow(int width, int shift, boolean escaped, int base) {
    // There are few, and pages of a tensor share theirs: kept, so that decoding makes no garbage. A race stores an
    // equal one.
    private static final @Nullable CodeWindow[] KEPT = new CodeWindow[1 << 15];

    CodeWindow {
        if (width < 1 || width > 7 || shift < 0 || width + shift > 8 || base < 0 || base > 255) {
            throw new CodecException("no such window: width=" + width + " shift=" + shift + " base=" + base);
        }
        if (escaped && shift != 0) {
            throw new CodecException("window with escapes and shift=" + shift);
        }
    }

    /** The window with a stored form: width in bits 0 to 2, shift in bits 3 to 5, escaped in bit 6, bit 7 clear. */
    static CodeWindow of(int form, int base) {
        if (form > 0x7F) {
            throw new CodecException("no such window: form=" + form);
        }
        CodeWindow kept = KEPT[(form << 8) | base];
        if (kept == null) {
            kept = new CodeWindow(form & 7, (form >> 3) & 7, (form & 0x40) != 0, base);
            KEPT[(form << 8) | base] = kept;
        }
        return kept;
    }

    /** The stored form. */
    int form() {
        return width | (shift << 3) | (escaped ? 0x40 : 0);
    }

    /** How many values have a code. */
    int values() {
        return (1 << width) - (escaped ? 1 : 0);
    }

    /** The code of escapes; outside a byte if there are none. */
    int escapeCode() {
        return escaped ? (1 << width) - 1 : 0x100;
    }

    /** Bits of a byte that the field of four bits fills once it is in place; 0 if there is no such field. */
    int mask4() {
        return (width & 4) == 0 ? 0 : 0x0F;
    }

    /** The same for the field of two bits. */
    int mask2() {
        return (width & 2) == 0 ? 0 : 3 << (width & 4);
    }

    /** The same for the field of one bit. */
    int mask1() {
        return (width & 1) == 0 ? 0 : 1 << (width & 6);
    }
}
