package dev.hearth.store.mark;

/**
 * The header of a process slot: four lines of 64 bytes. Little-endian. Only the owner of the slot's lock stores into
 * it, but that anybody may clear writerNumber.
 *
 * <pre>
 * offset length
 *      0      4  state           0 free, 1 being taken, 2 taken
 *      4      4  tenancy         how often the slot was taken
 *      8      4  pid
 *     12      4  flags           numbered by whoever attaches
 *     16      8  startTicks      when the process started, in clock ticks since the boot
 *     24      8  attachedAtMs    since 1970
 *     32      8  heartbeatMs     since 1970
 *     40      8  pidNamespace    inode
 *     48      8  holdsReady      1 once the hold counters of the slot were given space
 *     56      8  writerNumber    its number among those who are due for the writer lock; 0 none
 *     64    128  computations    16 lock bytes of keys whose values its threads compute; 0 none
 *    192      8  putsInFlight    values that are being written or wait for their commit
 *    200      8  bytesInFlight   their lengths
 *    208      8  unfenced        1 once threads of the process hold segments without a fence of their own
 *    216     40  zero
 * </pre>
 */
final class ProcessSlotDescriptor {
    static final int FREE = 0;
    static final int BEING_TAKEN = 1;
    static final int TAKEN = 2;

    static final int STATE = 0;
    static final int TENANCY = STATE + 4;
    static final int PID = TENANCY + 4;
    static final int FLAGS = PID + 4;
    static final int START_TICKS = FLAGS + 4;
    static final int ATTACHED_AT_MS = START_TICKS + 8;
    static final int HEARTBEAT_MS = ATTACHED_AT_MS + 8;
    static final int PID_NAMESPACE = HEARTBEAT_MS + 8;
    static final int HOLDS_READY = PID_NAMESPACE + 8;
    static final int WRITER_NUMBER = HOLDS_READY + 8;
    static final int COMPUTATIONS = WRITER_NUMBER + 8;
    static final int COMPUTATION_COUNT = 16;
    static final int PUTS_IN_FLIGHT = COMPUTATIONS + COMPUTATION_COUNT * 8;
    static final int BYTES_IN_FLIGHT = PUTS_IN_FLIGHT + 8;
    static final int UNFENCED = BYTES_IN_FLIGHT + 8;
    static final int MORE_ZERO = UNFENCED + 8;
    static final int BYTES = MORE_ZERO + 40;

    private ProcessSlotDescriptor() {}
}
