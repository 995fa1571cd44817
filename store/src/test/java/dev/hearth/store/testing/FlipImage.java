package dev.hearth.store.testing;

import java.util.Arrays;
import java.util.Random;

/**
 * The bytes of a file as they were written, and damaged copies of them: mostly one bit, sometimes several, a block of
 * 512 bytes zeroed, doubled or swapped with another, or the same with pieces as long as a line of a table, a descriptor
 * or an entry of the index. Most damage hits blocks in which something is written.
 */
public final class FlipImage {
    private static final int BLOCK_BYTES = 512;
    private static final int[] PIECES = {16, 80, 96};
    private final byte[] bytes;
    private final int[] used;

    /** Takes over {@code bytes}. */
    public FlipImage(byte[] bytes) {
        this.bytes = bytes;
        int[] starts = new int[bytes.length / BLOCK_BYTES + 1];
        int count = 0;
        for (int at = 0; at < bytes.length; at += BLOCK_BYTES) {
            int end = Math.min(bytes.length, at + BLOCK_BYTES);
            for (int i = at; i < end; i++) {
                if (bytes[i] != 0) {
                    starts[count++] = at;
                    break;
                }
            }
        }
        used = Arrays.copyOf(starts, count);
    }

    /** As it was written; not to be changed. */
    public byte[] bytes() {
        return bytes;
    }

    /** A copy that differs from what was written. */
    public byte[] damaged(ReaderFlips.Case flip) {
        byte[] bad = bytes.clone();
        Random random = flip.random();
        int kind = random.nextInt(20);
        if (kind >= 12) {
            damageMore(bad, kind, flip);
        }
        if (kind < 12 || Arrays.equals(bad, bytes)) {
            flipBit(bad, flip);
        }
        return bad;
    }

    private void damageMore(byte[] bad, int kind, ReaderFlips.Case flip) {
        Random random = flip.random();
        int block = Math.min(BLOCK_BYTES, bytes.length);
        if (kind < 15) {
            for (int left = 2 + random.nextInt(15); left > 0; left--) {
                flipBit(bad, flip);
            }
        } else if (kind == 15) {
            int at = block(random, block);
            flip.say("zeroed " + block + " at " + at);
            Arrays.fill(bad, at, at + block, (byte) 0);
        } else if (kind < 18) {
            replace(bad, block(random, block), block(random, block), block, kind == 16, flip);
        } else {
            int length = PIECES[random.nextInt(PIECES.length)];
            int from = block(random, block) + 16 * random.nextInt(BLOCK_BYTES / 16);
            // Structures of this length lie at a multiple of it from each other.
            int to = from + length * (1 + random.nextInt(40)) * (random.nextBoolean() ? 1 : -1);
            if (Math.min(from, to) >= 0 && Math.max(from, to) + length <= bytes.length) {
                replace(bad, from, to, length, kind == 18, flip);
            }
        }
    }

    private static void replace(byte[] bad, int from, int to, int length, boolean swap, ReaderFlips.Case flip) {
        flip.say((swap ? "swapped " : "doubled ") + length + " at " + from + " and " + to);
        byte[] there = Arrays.copyOfRange(bad, to, to + length);
        System.arraycopy(bad, from, bad, to, length);
        if (swap) {
            System.arraycopy(there, 0, bad, from, length);
        }
    }

    private void flipBit(byte[] bad, ReaderFlips.Case flip) {
        Random random = flip.random();
        int at = block(random, 1);
        at += random.nextInt(Math.min(BLOCK_BYTES, bad.length - at));
        int bit = random.nextInt(8);
        flip.say("bit " + bit + " at " + at);
        bad[at] ^= (byte) (1 << bit);
    }

    /** The start of a block, behind which there are at least {@code length} bytes. */
    private int block(Random random, int length) {
        int at = used.length == 0 || random.nextInt(8) == 0
                ? random.nextInt(bytes.length) / BLOCK_BYTES * BLOCK_BYTES
                : used[random.nextInt(used.length)];
        return Math.max(0, Math.min(at, bytes.length - length));
    }
}
