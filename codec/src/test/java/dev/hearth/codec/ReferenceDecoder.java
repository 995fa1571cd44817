package dev.hearth.codec;

import java.util.Arrays;
import net.jpountz.lz4.LZ4Factory;

/**
 * A decoder of tensor pages written from the format's description alone, byte by byte and bit by bit: slow, and
 * sharing no code with the real one. What both agree on is what the description says.
 */
final class ReferenceDecoder {
    private final byte[] in;
    private final int pageBytes;

    private ReferenceDecoder(byte[] encoded, int pageBytes) {
        this.in = encoded;
        this.pageBytes = pageBytes;
    }

    static byte[] decode(byte[] encoded, int pageBytes) {
        return new ReferenceDecoder(encoded, pageBytes).decode();
    }

    private byte[] decode() {
        int shape = in[0];
        int size = 1 << (shape & 3);
        boolean rotated = (shape & 4) != 0;
        int n = pageBytes / (64 * size) * 64;
        int at = (4 + 8 * size + 63) / 64 * 64;
        int[] main = new int[size];
        for (int p = 0; p < size; p++) {
            main[p] = at;
            at += mainBytes(p, n);
        }
        byte[] out = new byte[pageBytes];
        for (int p = 0; p < size; p++) {
            int rest = intAt(4 + 8 * p + 4) - mainBytes(p, n);
            place(plane(p, n, main[p], at, rest), p, size, out);
            at += rest;
        }
        if (rotated) {
            for (int e = 0; e < n; e++) {
                rotateRight(out, e * size, size);
            }
        }
        System.arraycopy(in, at, out, n * size, pageBytes - n * size);
        if (at + pageBytes - n * size != in.length) {
            throw new IllegalStateException("length");
        }
        return out;
    }

    private int mainBytes(int p, int n) {
        int method = in[4 + 8 * p];
        return method == 1 ? n : method == 3 ? (n + 511) / 512 * 64 * (in[5 + 8 * p] & 7) : 0;
    }

    private byte[] plane(int p, int n, int main, int rest, int restBytes) {
        byte[] plane = new byte[n];
        switch (in[4 + 8 * p]) {
            case 1 -> System.arraycopy(in, main, plane, 0, n);
            case 2 -> Arrays.fill(plane, in[5 + 8 * p]);
            case 3 -> fixed(p, plane, main, rest);
            case 4 -> huffman(plane, rest, restBytes);
            default -> bits(plane, rest, restBytes);
        }
        return plane;
    }

    private void fixed(int p, byte[] plane, int codes, int escapes) {
        int width = in[5 + 8 * p] & 7;
        int shift = (in[5 + 8 * p] >> 3) & 7;
        boolean escaped = (in[5 + 8 * p] & 0x40) != 0;
        int next = escapes;
        for (int i = 0; i < plane.length; i++) {
            int row = (plane.length + 511) / 512 * 64;
            int g = i / row;
            int j = i % row;
            int code = 0;
            int bit = 0;
            int vector = 0;
            for (int field = 4; field > 0; field /= 2) {
                if ((width & field) != 0) {
                    int perVector = 8 / field;
                    int cell = in[codes + row * (vector + g / perVector) + j] & 0xFF;
                    code |= ((cell >> (field * (g % perVector))) & ((1 << field) - 1)) << bit;
                    bit += field;
                    vector += field;
                }
            }
            boolean escape = escaped && code == (1 << width) - 1;
            plane[i] = escape ? in[next++] : (byte) ((code << shift) + in[6 + 8 * p]);
        }
    }

    private void huffman(byte[] plane, int start, int bytes) {
        int first = in[start] & 0xFF;
        int last = in[start + 1] & 0xFF;
        int[] length = new int[256];
        for (int s = first; s <= last; s++) {
            length[s] = (in[start + 2 + (s - first) / 2] >> (4 * ((s - first) % 2))) & 15;
        }
        int sizes = start + 2 + (last - first + 2) / 2;
        int at = sizes + 12;
        for (int quarter = 0; quarter < 4; quarter++) {
            int end = quarter < 3 ? at + intAt(sizes + 4 * quarter) : start + bytes;
            long bit = at * 8L;
            for (int i = plane.length / 4 * quarter; i < plane.length / 4 * (quarter + 1); i++) {
                int code = 0;
                int bits = 0;
                int symbol = -1;
                while (symbol < 0) {
                    code = (code << 1) | ((in[(int) (bit >> 3)] >> (int) (7 - (bit & 7))) & 1);
                    bit++;
                    bits++;
                    symbol = symbolOf(length, code, bits);
                }
                plane[i] = (byte) symbol;
            }
            at = end;
        }
    }

    // Canonical: the first code of a length follows the last of the lengths before.
    private static int symbolOf(int[] length, int code, int bits) {
        int next = 0;
        for (int l = 1; l <= bits; l++) {
            next <<= 1;
            for (int s = 0; s < 256; s++) {
                if (length[s] == l) {
                    if (l == bits && next == code) {
                        return s;
                    }
                    next++;
                }
            }
        }
        return -1;
    }

    private void bits(byte[] plane, int start, int bytes) {
        int blocks = (plane.length + 511) / 512;
        byte[] bits = LZ4Factory.safeInstance().safeDecompressor().decompress(in, start, bytes, blocks * 512);
        for (int i = 0; i < plane.length; i++) {
            for (int b = 0; b < 8; b++) {
                int cell = bits[b * blocks * 64 + i / 512 * 64 + i % 64];
                plane[i] |= (byte) (((cell >> (i % 512 / 64)) & 1) << b);
            }
        }
    }

    private static void place(byte[] plane, int p, int size, byte[] out) {
        for (int i = 0; i < plane.length; i++) {
            int element = i % size * (plane.length / size) + i / size;
            out[element * size + p] = plane[i];
        }
    }

    private static void rotateRight(byte[] out, int at, int size) {
        int carry = out[at] & 1;
        for (int i = size - 1; i >= 0; i--) {
            int low = out[at + i] & 1;
            out[at + i] = (byte) (((out[at + i] & 0xFF) >> 1) | (carry << 7));
            carry = low;
        }
    }

    private int intAt(int at) {
        return (in[at] & 0xFF) | ((in[at + 1] & 0xFF) << 8) | ((in[at + 2] & 0xFF) << 16) | ((in[at + 3] & 0xFF) << 24);
    }
}
