package dev.hearth.store.frame;

/**
 * Frames of one size, and where they and their sets lie in the file. Frames are ordered by way first, so that the
 * first ways of all sets, which are used first, lie together.
 *
 * @param index        its number; 0 has the smallest frames
 * @param frameBytes   length of a frame: a power of two
 * @param sets         number of sets; 0 if the memory is too small for the class
 * @param ways         frames per set
 * @param setsOffset   where the sets start
 * @param framesOffset where the frames start
 * @param unitBytes    in what pieces frames are given space: a power of two
 * @param firstUnit    number of the first of these pieces
 * @param firstSet     number of its first set among all
 * @param firstFrame   number of its first frame among all
 */
record SizeClass(int index, int frameBytes, int sets, int ways, long setsOffset, long framesOffset, long unitBytes,
        int firstUnit, long firstSet, long firstFrame) {
    long frames() {
        return (long) sets * ways;
    }

    long setBytes() {
        return FramesDescriptor.SET_HEADER_BYTES + (long) ways * FramesDescriptor.WAY_BYTES;
    }

    long setsBytes() {
        return sets * setBytes();
    }

    long framesBytes() {
        return frames() * frameBytes;
    }

    int units() {
        return Math.toIntExact((framesBytes() + unitBytes - 1) / unitBytes);
    }

    /** The set that a hash belongs to. */
    int setOf(long hash) {
        return (int) Math.unsignedMultiplyHigh(hash, sets);
    }

    long setOffset(int set) {
        return setsOffset + set * setBytes();
    }

    static long wayOffset(long setOffset, int way) {
        return setOffset + FramesDescriptor.SET_HEADER_BYTES + (long) way * FramesDescriptor.WAY_BYTES;
    }

    /** Number of a frame within the class. */
    long frame(int set, int way) {
        return (long) way * sets + set;
    }

    long frameOffset(int set, int way) {
        return framesOffset + frame(set, way) * frameBytes;
    }

    /** The piece, counted from the first of the class, that a frame lies in. */
    int unit(int set, int way) {
        return (int) (frame(set, way) * frameBytes / unitBytes);
    }

    long unitOffset(int unit) {
        return framesOffset + unit * unitBytes;
    }

    /** The last one may be shorter. */
    long unitLength(int unit) {
        return Math.min(unitBytes, framesBytes() - unit * unitBytes);
    }
}
