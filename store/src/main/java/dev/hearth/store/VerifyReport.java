package dev.hearth.store;

import java.util.List;

/**
 * What reading and checking everything found.
 *
 * @param logRecords   records of the consistency log that were checked
 * @param entries      entries whose header and pages were checked
 * @param pages        pages whose checksum was checked
 * @param bytes        bytes read
 * @param damage       what is damaged, in the order in which it was found
 */
public record VerifyReport(long logRecords, long entries, long pages, long bytes, List<Damage> damage) {

    /**
     * One damaged structure.
     *
     * @param what        the structure
     * @param file        name of the file in the store's directory
     * @param offsetBytes where it starts; -1 when the whole file is meant
     * @param namespace   the namespace of the entry it belongs to; empty if none
     * @param key         the key of that entry as a person reads it; empty if none
     * @param detail      what was expected and what was found
     */
    public record Damage(String what, String file, long offsetBytes, String namespace, String key, String detail) {}

    /** Copies the list. */
    public VerifyReport {
        damage = List.copyOf(damage);
    }

    /** Whether nothing is damaged. */
    public boolean isSound() {
        return damage.isEmpty();
    }
}
