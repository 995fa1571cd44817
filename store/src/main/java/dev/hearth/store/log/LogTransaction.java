package dev.hearth.store.log;

import java.util.List;

/**
 * One version of the store: the operations that became visible together.
 *
 * @param version     its number; larger than that of every transaction before it, compared unsigned
 * @param timestampMs when it was committed, in milliseconds since 1970
 * @param operations  what it did, in order; never empty
 * @param before      position in front of its first record
 * @param after       position behind its last record
 */
public record LogTransaction(long version, long timestampMs, List<LogOperation> operations, LogTail before,
        LogTail after) {
    /** Takes a copy of {@code operations} unless it cannot change anyway. */
    public LogTransaction {
        operations = List.copyOf(operations);
    }
}
