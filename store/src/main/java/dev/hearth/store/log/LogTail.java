package dev.hearth.store.log;

/**
 * A position between two transactions of the log: where the next record goes, and what it has to continue.
 *
 * @param file        number of the log file, from 1
 * @param offsetBytes offset of the next record in that file
 * @param chain       checksum of the record before, which the next record repeats; 0 before the first record of all
 * @param lastVersion version of the transaction before; 0 before the first
 */
public record LogTail(int file, long offsetBytes, int chain, long lastVersion) {
    /** Where the first record of a new store goes. */
    public static final LogTail ORIGIN = new LogTail(1, LogFileDescriptor.HEADER_BYTES, 0, 0);

    /** Checks that the position can be one of a log file. */
    public LogTail {
        if (file < 1 || offsetBytes < LogFileDescriptor.HEADER_BYTES || offsetBytes % RecordDescriptor.ALIGNMENT != 0) {
            throw new IllegalArgumentException("file=" + file + " offsetBytes=" + offsetBytes);
        }
    }
}
