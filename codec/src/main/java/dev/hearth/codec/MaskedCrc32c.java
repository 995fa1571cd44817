package dev.hearth.codec;

/**
 * The form in which a CRC32C is stored that stands behind the bytes it is the sum of, where both lie in something that
 * has a CRC32C of its own. Any thread; nothing is kept.
 *
 * <p><b>Why the plain sum does not do there.</b> A CRC is what a division of polynomials over GF(2) leaves, and bytes
 * with their own remainder behind them leave nothing. Let P and Q be of one length, each with its CRC behind it. To the
 * outer sum they differ by {@code (P ^ Q) * x^32 + (crc(P) ^ crc(Q))}, which is a multiple of the polynomial, so it is
 * the same with the one as with the other. It says that some whole piece is there, and not that it is the one that was
 * written: a neighbour passes, and so does an older one of the same place.
 *
 * <p><b>Why a rotation and an addition do.</b> With {@code mask(crc)} behind them they differ by a multiple of the
 * polynomial and {@code f(crc(P)) ^ f(crc(Q))}, where {@code f(c) = c ^ mask(c)}. So only those two pass for each other
 * whose sums have the same f, and of two sums drawn at random that is so less often than once in 2^32: the outer sum
 * sees the exchange of whole pieces as well as any other damage. A rotation alone comes near that, but is as linear as
 * the sums are; the carries of an addition are not.
 *
 * <p>Where a sum stands in front of its bytes, or apart from them, the two terms do not cancel, and where what has the
 * outer sum holds the bytes or the sum but not both, there is nothing to cancel. Neither needs a mask.
 *
 * <p>The idea, the rotation and the number are those of the log of LevelDB and of Snappy's framing format, where sums
 * are called masked, so that readers in other languages find the function in their libraries.
 */
public final class MaskedCrc32c {
    private static final int ROTATION = 15;
    private static final int ADDEND = 0xA282EAD8;

    private MaskedCrc32c() {}

    /** What is stored for {@code crc}; no two sums have the same. */
    public static int mask(int crc) {
        return Integer.rotateRight(crc, ROTATION) + ADDEND;
    }
}
