package dev.hearth.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * In which state a store is, as far as opening it is concerned, and what that does about it.
 *
 * @param state       what is the matter
 * @param version     the newest version that is whole in the log
 * @param logDamage   where the log is damaged; null if it is whole or merely torn
 * @param findings    what was found, and what was or would be done, in words
 */
public record RecoveryReport(State state, long version, @Nullable LogDamage logDamage, List<String> findings) {
    /** Copies the list. */
    public RecoveryReport {
        findings = List.copyOf(findings);
    }

    /** What is the matter with a store. */
    public enum State {
        /** Nothing: attaching takes constant time. */
        READY,
        /** A process died in the middle of a commit: the next that attaches, or is attached, finishes it. */
        UNFINISHED_COMMIT,
        /** The lookup table is lost, and is made anew from the log. */
        TABLE_LOST,
        /** After a reboot, for a copy, or because the mark file is lost: table and mark are made anew from the log. */
        COLD_START,
        /** The log is damaged in its middle: opening refuses until somebody says that what is behind may go. */
        LOG_DAMAGED
    }

    /**
     * Damage with records behind it that are whole.
     *
     * @param file             name of the file in the directory of the store
     * @param offsetBytes      where the first bytes are that are no valid record
     * @param reason           what is wrong with them
     * @param firstLostVersion the first version that goes if the log is cut there
     * @param lastLostVersion  the last that is known of
     * @param lostRecords      records behind the damage that are whole
     * @param lostPuts         entries that these put
     * @param lostKeys         some of their keys, as a person reads them
     */
    public record LogDamage(String file, long offsetBytes, String reason, long firstLostVersion, long lastLostVersion,
            long lostRecords, long lostPuts, List<String> lostKeys) {
        /** Copies the list. */
        public LogDamage {
            lostKeys = List.copyOf(lostKeys);
        }
    }
}
