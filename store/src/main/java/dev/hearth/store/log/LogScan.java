package dev.hearth.store.log;

/**
 * What a scan of the log came to.
 *
 * @param tail         behind the last whole transaction that continues the chain
 * @param stop         why the scan ended there
 * @param stopFile     name of the file in which it ended
 * @param stopOffset   offset in it of the first byte that belongs to no valid record
 * @param reason       what was found there, for people
 * @param transactions how many transactions the visitor was given
 * @param syncedVersion all up to it was durable, as the sync marks say; 0 if there was no mark
 */
public record LogScan(LogTail tail, Stop stop, String stopFile, long stopOffset, String reason, long transactions,
        long syncedVersion) {
    /** Why a scan ended. */
    public enum Stop {
        /** The log ends there. */
        END,
        /** The caller had asked for no more. */
        LIMIT,
        /** A transaction was cut short, and nothing valid is behind it: its writer died, or the file was cut. */
        TORN,
        /** Valid records are behind bytes that are not: what was there was once whole. */
        DAMAGED_WITH_VALID_TAIL_BEHIND
    }

    /** Whether the log is whole up to where it ends. */
    public boolean clean() {
        return stop == Stop.END || stop == Stop.LIMIT;
    }
}
