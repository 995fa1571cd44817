package dev.hearth.codec;

/**
 * Every lane of a word rotated by one bit, or none: shifted down under a mask, and shifted up under the rest.
 *
 * @param down bits to shift down
 * @param up bits to shift up
 * @param low the bits that are taken from what was shifted down
 */
record Rotation(int down, int up, long low) {
    /** Keeps every bit where it is: one path, no branch in the loops. */
    static final Rotation NONE = new Rotation(0, 0, -1L);

    private static final Rotation[] RIGHT = new Rotation[4];
    private static final Rotation[] LEFT = new Rotation[4];

    static {
        for (int shift = 0; shift < 4; shift++) {
            int bits = 8 << shift;
            long lowest = switch (shift) {
                case 0 -> 0x0101010101010101L;
                case 1 -> 0x0001000100010001L;
                case 2 -> 0x0000000100000001L;
                default -> 1L;
            };
            RIGHT[shift] = new Rotation(1, bits - 1, ~Long.rotateRight(lowest, 1));
            LEFT[shift] = new Rotation(bits - 1, 1, lowest);
        }
    }

    /** To the right, if at all, in lanes of {@code 1 << shift} bytes. */
    static Rotation right(int shift, boolean rotated) {
        return rotated ? RIGHT[shift] : NONE;
    }

    /** To the left, if at all. */
    static Rotation left(int shift, boolean rotated) {
        return rotated ? LEFT[shift] : NONE;
    }
}
