package dev.hearth.store.log;

/**
 * A namespace number and what it stood for last.
 *
 * @param number         the number
 * @param name           name of the namespace
 * @param revision       its revision
 * @param fingerprint    its fingerprint, as text
 * @param definedVersion the transaction that defined it
 * @param endedVersion   the last transaction that ended a namespace of this number, 0 if there was none: its entries
 *                           exist if their version is above it
 */
public record LoggedNamespace(int number, String name, String revision, String fingerprint, long definedVersion,
        long endedVersion) {
    /** Whether the number stands for a namespace now. */
    public boolean isLive() {
        return Long.compareUnsigned(definedVersion, endedVersion) > 0;
    }

    LoggedNamespace ended(long version) {
        return new LoggedNamespace(number, name, revision, fingerprint, definedVersion, version);
    }
}
