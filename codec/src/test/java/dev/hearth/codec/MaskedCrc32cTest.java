package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class MaskedCrc32cTest {
    private static final int PIECE_BYTES = 76;
    private static final long SEED = 20_261_122;

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** A random piece with the stored form of its sum behind it. */
    private static byte[] piece(Random random, IntUnaryOperator form) {
        byte[] piece = new byte[PIECE_BYTES + Integer.BYTES];
        random.nextBytes(piece);
        ByteBuffer.wrap(piece).order(ByteOrder.LITTLE_ENDIAN)
                .putInt(PIECE_BYTES, form.applyAsInt(crc(piece, PIECE_BYTES)));
        return piece;
    }

    private static int outer(byte[] before, byte[]... pieces) {
        ByteBuffer all = ByteBuffer.allocate(before.length + pieces.length * pieces[0].length);
        all.put(before);
        for (byte[] piece : pieces) {
            all.put(piece);
        }
        return crc(all.array(), all.capacity());
    }

    @Test
    void mask_knownSums_areThePublishedOnes() {
        assertEquals(0xA282EAD8, MaskedCrc32c.mask(0));
        assertEquals(0xC78AB0E5, MaskedCrc32c.mask(0xE3069283), "of the digits 1 to 9");
    }

    /** Why there is a mask at all: with plain sums the sum of the whole does not depend on what its pieces are. */
    @Test
    void plainSums_piecesInPlaceOfOthers_leaveTheSumOfTheWhole() {
        Random random = new Random(SEED);
        byte[] before = {1, 2, 3};
        byte[] first = piece(random, IntUnaryOperator.identity());
        byte[] second = piece(random, IntUnaryOperator.identity());
        assertEquals(outer(before, first, second), outer(before, second, first), "exchanged");
        assertEquals(outer(before, first, second), outer(before, first, first), "doubled");
    }

    @Test
    void maskedSums_piecesInPlaceOfOthers_changeTheSumOfTheWhole() {
        Random random = new Random(SEED);
        byte[] before = {1, 2, 3};
        for (int i = 0; i < 10_000; i++) {
            String which = "seed=" + SEED + " i=" + i;
            byte[] first = piece(random, MaskedCrc32c::mask);
            byte[] second = piece(random, MaskedCrc32c::mask);
            byte[] third = piece(random, MaskedCrc32c::mask);
            int written = outer(before, first, second, third);
            assertNotEquals(written, outer(before, second, first, third), () -> "two exchanged, " + which);
            assertNotEquals(written, outer(before, second, third, first), () -> "all exchanged, " + which);
            assertNotEquals(written, outer(before, first, first, third), () -> "doubled, " + which);
        }
    }

    /** As many pairs as this of a function drawn at random would have some 512 with one value. */
    @Test
    void sums_withTheSameDifferenceFromTheirMask_areRare() {
        int count = 1 << 21;
        int[] values = new Random(SEED).ints(count).distinct().map(crc -> crc ^ MaskedCrc32c.mask(crc)).toArray();
        Arrays.sort(values);
        int pairs = 0;
        for (int i = 1; i < values.length; i++) {
            pairs += values[i] == values[i - 1] ? 1 : 0;
        }
        int found = pairs;
        assertTrue(found < 400, () -> "seed=" + SEED + " pairs=" + found);
    }
}
