package dev.hearth.store.mark;

/**
 * A record of the segment table: one line of 64 bytes a segment. Little-endian.
 *
 * <pre>
 * offset length
 *      0      8  generation
 *      8      8  state word: see {@link SegmentWord}
 *     16      8  reservation: see {@link Reservation}
 *     24      8  committedBytes   of entries that were made visible
 *     32      8  allocatedBytes   space the file system was made to give
 *     40      8  owner            who claimed it: slot in the upper, tenancy in the lower half; 0 is nobody
 *     48      8  openedAt         place in the order in which segments were opened
 *     56      8  zero
 * </pre>
 */
final class SegmentRecordDescriptor {
    static final int GENERATION = 0;
    static final int STATE = GENERATION + 8;
    static final int RESERVATION = STATE + 8;
    static final int COMMITTED_BYTES = RESERVATION + 8;
    static final int ALLOCATED_BYTES = COMMITTED_BYTES + 8;
    static final int OWNER = ALLOCATED_BYTES + 8;
    static final int OPENED_AT = OWNER + 8;
    static final int ZERO = OPENED_AT + 8;
    static final int BYTES = ZERO + 8;

    private SegmentRecordDescriptor() {}
}
