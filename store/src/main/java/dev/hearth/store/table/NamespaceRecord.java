package dev.hearth.store.table;

/**
 * A namespace as the table describes it.
 *
 * @param number      its number in digests and entries; used again for another namespace some time after its end
 * @param name        its name
 * @param revision    its revision; empty if it has none
 * @param fingerprint all that makes two values interchangeable, as text
 * @param definedAt   the version that defined it
 */
public record NamespaceRecord(int number, String name, String revision, String fingerprint, long definedAt) {}
