package dev.hearth.store;

/**
 * A namespace as the store lists it.
 *
 * @param number      its number in the store; used again after the namespace was removed
 * @param fingerprint its identity
 * @param version     the commit that defined it
 */
public record NamespaceInfo(int number, Fingerprint fingerprint, long version) {}
