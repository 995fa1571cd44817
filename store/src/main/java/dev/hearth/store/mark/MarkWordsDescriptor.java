package dev.hearth.store.mark;

/**
 * The block of shared words behind the superblock. Little-endian; each word begins a line of 64 bytes of its own, so
 * that those who change one do not disturb those who read another. All else is zero.
 *
 * <pre>
 * offset length
 *      0      8  boot id, upper half: of the boot in which everything shared was last valid
 *      8      8  boot id, lower half
 *     16      8  device of the mark file
 *     24      8  inode of the mark file
 *     32      4  CRC32C of bytes 0 to 31
 *     64      8  epoch             unclean boots survived
 *    128      8  lastApplied       version
 *    192      8  lastIndexed       version
 *    256      8  inLock            slot in the upper, tenancy in the lower half; 0 is nobody
 *    320      8  openSegment of parameters: its number + 1; 0 is none
 *    384      8  openSegment of activations: likewise
 *    448      8  indexGeneration
 *    512      8  logFile           number of the log file that is appended to
 *    576      8  logOffset         where its next record goes
 *    640      8  logChain          checksum of its last record
 *    704      8  checkpointVersion
 *    768      8  volatileNonce     part of the name of the frames
 *    832      8  tableState        numbered by whoever builds the table
 *    896      8  writerWanted      1 if somebody may be due for the writer lock: a hint
 *    960      8  lastSynced        version up to which log and data are durable
 *   1024      8  background        grows while background work gets on
 *   1088      8  opened           the last place given out in the order in which segments are swept
 *   1152      8  logSynced        version up to which the log is durable
 *   1216      8  dataSyncsBegun   syncs of the data file that were begun
 *   1280      8  dataSyncsDone    all that was written before this one was begun is durable
 *   1344      8  syncFailed       when a sync failed, in ms since 1970; 0 if none did
 *   1408      8  intervalBegun    when the last sync of an interval was begun, in ms since 1970
 *   1472      8  intervalDone     the same, of the last one that was finished
 *   1536      8  writerNumber     the last number that was given to who is due for the writer lock
 *   1600      8  writer           who has the writer lock: as inLock
 *   1664   2432  spare
 * </pre>
 */
final class MarkWordsDescriptor {
    static final int LINE_BYTES = 64;
    static final int BOOT_ID_HI = 0;
    static final int BOOT_ID_LO = BOOT_ID_HI + 8;
    static final int DEVICE = BOOT_ID_LO + 8;
    static final int INODE = DEVICE + 8;
    static final int IDENTITY_CRC = INODE + 8;
    static final int EPOCH = LINE_BYTES;
    static final int LAST_APPLIED = EPOCH + LINE_BYTES;
    static final int LAST_INDEXED = LAST_APPLIED + LINE_BYTES;
    static final int IN_LOCK = LAST_INDEXED + LINE_BYTES;
    static final int OPEN_PARAMETER_SEGMENT = IN_LOCK + LINE_BYTES;
    static final int OPEN_ACTIVATION_SEGMENT = OPEN_PARAMETER_SEGMENT + LINE_BYTES;
    static final int INDEX_GENERATION = OPEN_ACTIVATION_SEGMENT + LINE_BYTES;
    static final int LOG_FILE = INDEX_GENERATION + LINE_BYTES;
    static final int LOG_OFFSET = LOG_FILE + LINE_BYTES;
    static final int LOG_CHAIN = LOG_OFFSET + LINE_BYTES;
    static final int CHECKPOINT_VERSION = LOG_CHAIN + LINE_BYTES;
    static final int VOLATILE_NONCE = CHECKPOINT_VERSION + LINE_BYTES;
    static final int TABLE_STATE = VOLATILE_NONCE + LINE_BYTES;
    static final int WRITER_WANTED = TABLE_STATE + LINE_BYTES;
    static final int LAST_SYNCED = WRITER_WANTED + LINE_BYTES;
    static final int BACKGROUND = LAST_SYNCED + LINE_BYTES;
    static final int OPENED = BACKGROUND + LINE_BYTES;
    static final int LOG_SYNCED = OPENED + LINE_BYTES;
    static final int DATA_SYNCS_BEGUN = LOG_SYNCED + LINE_BYTES;
    static final int DATA_SYNCS_DONE = DATA_SYNCS_BEGUN + LINE_BYTES;
    static final int SYNC_FAILED = DATA_SYNCS_DONE + LINE_BYTES;
    static final int INTERVAL_BEGUN = SYNC_FAILED + LINE_BYTES;
    static final int INTERVAL_DONE = INTERVAL_BEGUN + LINE_BYTES;
    static final int WRITER_NUMBER = INTERVAL_DONE + LINE_BYTES;
    static final int WRITER = WRITER_NUMBER + LINE_BYTES;
    static final int SPARE = WRITER + LINE_BYTES;
    static final int BYTES = SPARE + 2432;

    private MarkWordsDescriptor() {}
}
