package dev.hearth.store.mark;

/** The words of the mark file that are one number each. */
public enum MarkWord {
    /** Unclean boots survived. */
    EPOCH(MarkWordsDescriptor.EPOCH),
    /** The version up to which the lookup table is complete: the visibility point. */
    LAST_APPLIED(MarkWordsDescriptor.LAST_APPLIED),
    /** The version up to which the persistent index is complete. */
    LAST_INDEXED(MarkWordsDescriptor.LAST_INDEXED),
    /** Generation of the persistent index in use. */
    INDEX_GENERATION(MarkWordsDescriptor.INDEX_GENERATION),
    /** Number of the log file that is appended to. */
    LOG_FILE(MarkWordsDescriptor.LOG_FILE),
    /** Where the next record goes in that file, in bytes. */
    LOG_OFFSET(MarkWordsDescriptor.LOG_OFFSET),
    /** Checksum of the last record. */
    LOG_CHAIN(MarkWordsDescriptor.LOG_CHAIN),
    /** Version of the last checkpoint. */
    CHECKPOINT_VERSION(MarkWordsDescriptor.CHECKPOINT_VERSION),
    /** Part of the name of the frames. */
    VOLATILE_NONCE(MarkWordsDescriptor.VOLATILE_NONCE),
    /** How far the lookup table is built. */
    TABLE_STATE(MarkWordsDescriptor.TABLE_STATE),
    /** The version up to which everything is durable. */
    LAST_SYNCED(MarkWordsDescriptor.LAST_SYNCED),
    /** Grows while background work gets on. */
    BACKGROUND(MarkWordsDescriptor.BACKGROUND),
    /** The last place that was given out in the order in which segments are swept. */
    OPENED(MarkWordsDescriptor.OPENED),
    /** The version up to which the log is durable. */
    LOG_SYNCED(MarkWordsDescriptor.LOG_SYNCED),
    /** Syncs of the data file that were begun. */
    DATA_SYNCS_BEGUN(MarkWordsDescriptor.DATA_SYNCS_BEGUN),
    /** What was written before this many syncs of the data file had begun is durable. */
    DATA_SYNCS_DONE(MarkWordsDescriptor.DATA_SYNCS_DONE),
    /** When a sync failed, in milliseconds since 1970; 0 if none did. */
    SYNC_FAILED(MarkWordsDescriptor.SYNC_FAILED),
    /** When the last sync of an interval was begun, in milliseconds since 1970. */
    INTERVAL_BEGUN(MarkWordsDescriptor.INTERVAL_BEGUN),
    /** When the last sync of an interval was begun that was finished. */
    INTERVAL_DONE(MarkWordsDescriptor.INTERVAL_DONE),
    /** Who has the writer lock, as a {@link SlotWord}: the lock itself, see {@link WriterLock}. */
    WRITER(MarkWordsDescriptor.WRITER),
    /** Who is in the middle of something under the writer lock, as a {@link SlotWord}. */
    IN_LOCK(MarkWordsDescriptor.IN_LOCK),
    /** 1 if somebody may be due for the writer lock; a hint. */
    WRITER_WANTED(MarkWordsDescriptor.WRITER_WANTED),
    /** The last number that was given to who is due for the writer lock. */
    WRITER_NUMBER(MarkWordsDescriptor.WRITER_NUMBER);

    final int offset;

    MarkWord(int offset) {
        this.offset = offset;
    }
}
