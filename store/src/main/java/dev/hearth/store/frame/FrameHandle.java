package dev.hearth.store.frame;

/**
 * The number of a frame that is held or claimed: way in bits 0 to 3, class in 4 to 7, stripe of the hold in 8 to 15,
 * set above. What a caller passes is checked against the layout.
 */
final class FrameHandle {
    private FrameHandle() {}

    static long of(SizeClass sizeClass, int set, int way, int stripe) {
        return (long) set << 16 | (long) stripe << 8 | (long) sizeClass.index() << 4 | way;
    }

    /** The place of a frame: a handle without the stripe, in bits 0 to 38; the same while the layout is the same. */
    static long place(long handle) {
        return handle >>> 16 << 8 | (handle & 255);
    }

    static long ofPlace(long place, int stripe) {
        return place >>> 8 << 16 | (long) stripe << 8 | (place & 255);
    }

    static int way(long handle) {
        return (int) handle & 15;
    }

    static int stripe(long handle) {
        return (int) (handle >>> 8) & 255;
    }

    static int set(long handle) {
        return (int) (handle >>> 16);
    }

    /**
     * The class of the frame.
     *
     * @throws IllegalArgumentException if it is no handle of this layout
     */
    static SizeClass sizeClass(FrameLayout layout, long handle) {
        int index = (int) (handle >>> 4) & 15;
        if (handle >= 0 && index < layout.classes.size() && stripe(handle) < FrameLayout.HOLD_STRIPES) {
            SizeClass sizeClass = layout.classes.get(index);
            if (handle >>> 16 < sizeClass.sets() && way(handle) < sizeClass.ways()) {
                return sizeClass;
            }
        }
        throw new IllegalArgumentException("handle=" + handle);
    }
}
