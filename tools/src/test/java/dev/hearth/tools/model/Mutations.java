package dev.hearth.tools.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Damages a file the way attackers and broken disks do, from a seed. */
final class Mutations {
    private static final long[] EXTREMES = {0, 1, -1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffffL, 0x8000_0000L,
            0xffff_ffffL, 1L << 32, 1L << 40, 1L << 61, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 7};
    private static final byte[] TEXT = "0123456789{}[]()\":,'-.eE\\ \n".getBytes(StandardCharsets.US_ASCII);

    private final Random random;

    Mutations(long seed) {
        random = new Random(seed);
    }

    byte[] mutate(byte[] valid) {
        byte[] bytes = valid.clone();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count && bytes.length > 0; i++) {
            bytes = one(bytes);
        }
        return bytes;
    }

    private byte[] one(byte[] bytes) {
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(8)) {
            case 0 -> set(bytes, at, bytes[at] ^ 1 << random.nextInt(8));
            case 1 -> set(bytes, at, random.nextInt(256));
            case 2 -> set(bytes, at, TEXT[random.nextInt(TEXT.length)]);
            case 3 -> number(bytes, at, Integer.BYTES);
            case 4 -> number(bytes, at, Long.BYTES);
            case 5 -> Arrays.copyOf(bytes, at);
            case 6 -> splice(bytes, at, 0);
            default -> splice(bytes, at, 1 + random.nextInt(16));
        };
    }

    private static byte[] set(byte[] bytes, int at, int value) {
        bytes[at] = (byte) value;
        return bytes;
    }

    private byte[] number(byte[] bytes, int at, int size) {
        long value = EXTREMES[random.nextInt(EXTREMES.length)];
        for (int i = 0; i < size && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >>> (8 * i));
        }
        return bytes;
    }

    /** Removes {@code length} bytes, or repeats a few where they are. */
    private byte[] splice(byte[] bytes, int at, int length) {
        if (length > 0) {
            int end = Math.min(bytes.length, at + length);
            byte[] shorter = Arrays.copyOf(bytes, bytes.length - (end - at));
            System.arraycopy(bytes, end, shorter, at, bytes.length - end);
            return shorter;
        }
        int count = Math.min(1 + random.nextInt(32), bytes.length - at);
        byte[] longer = Arrays.copyOf(bytes, bytes.length + count);
        System.arraycopy(bytes, at, longer, at + count, bytes.length - at);
        return longer;
    }
}
