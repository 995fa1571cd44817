package dev.hearth.store.mark;

/** Which byte of the lock file stands for what. */
public final class LockBytes {
    /** Claiming of segments. */
    public static final long ALLOCATION = 1;
    /** Creating and recovering the store. */
    public static final long CREATION = 2;
    /** Background work. */
    public static final long BACKGROUND = 3;
    /** Evicting: so that two do not do the same work; nothing depends on it. */
    public static final long SWEEP = 4;
    /** Opening and leaving the shared frames. */
    public static final long FRAMES = 5;
    /** Background work in place of whoever has {@link #BACKGROUND} and does not get on. */
    public static final long BACKGROUND_RELIEF = 6;
    /** Moving parameters: so that two do not take each other's room. */
    public static final long MOVE = 7;
    /** Changing the persistent index. */
    public static final long INDEX = 8;
    /** The process slot with number 0; the others follow. */
    public static final long FIRST_SLOT = 64;

    /** Bytes from here on stand for keys whose values are being computed; far behind any process slot. */
    public static final long FIRST_COMPUTATION = 1L << 62;

    private LockBytes() {}

    /**
     * The byte for the key with this upper half of a digest. Keys that share one wait for each other for nothing, which
     * is all; of a million keys none does, but for one time in nine million.
     */
    public static long computation(long digestHi) {
        return FIRST_COMPUTATION | digestHi >>> 2;
    }
}
