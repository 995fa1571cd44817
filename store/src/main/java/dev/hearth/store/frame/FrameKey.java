package dev.hearth.store.frame;

/**
 * Which decoded page a frame holds: digest and version of the entry, number and length of the page. Mutable, so that
 * it can be used again; for one thread.
 */
public final class FrameKey {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private long digestHi;
    private long digestLo;
    private long version;
    private long page;
    private int lengthBytes;
    private long hash;

    /** Becomes another key, and returns itself. */
    public FrameKey set(long newDigestHi, long newDigestLo, long newVersion, long newPage, int newLengthBytes) {
        if (newLengthBytes <= 0) {
            throw new IllegalArgumentException("lengthBytes=" + newLengthBytes);
        }
        digestHi = newDigestHi;
        digestLo = newDigestLo;
        version = newVersion;
        page = newPage;
        lengthBytes = newLengthBytes;
        hash = hash(newDigestHi ^ Long.rotateLeft(newDigestLo, 32), newVersion * MIX + newPage);
        return this;
    }

    private static long hash(long a, long b) {
        long mixed = (a ^ b * MIX) * MIX;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        return mixed ^ mixed >>> 32;
    }

    long digestHi() {
        return digestHi;
    }

    long digestLo() {
        return digestLo;
    }

    long version() {
        return version;
    }

    long page() {
        return page;
    }

    /** Length of the decoded page. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** Of digest, version and page; all bits are good. */
    long hash() {
        return hash;
    }

    /** What stands for the key in the tags of a set: never 0, which stands for no key. */
    short tag() {
        short tag = (short) hash;
        return tag == 0 ? 1 : tag;
    }

    @Override
    public String toString() {
        return "digest=" + Long.toHexString(digestHi) + ":" + Long.toHexString(digestLo) + " version=" + version
                + " page=" + page + " lengthBytes=" + lengthBytes;
    }
}
