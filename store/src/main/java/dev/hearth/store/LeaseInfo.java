package dev.hearth.store;

import java.util.List;

/**
 * A lease that is open, as {@link Hearth#openLeases} lists it.
 *
 * @param namespace name and revision of the namespace
 * @param key       the key as a person reads it
 * @param thread    name of the thread that took it
 * @param ageNs     how long ago
 * @param takenAt   the stack of that thread, innermost call first
 */
public record LeaseInfo(String namespace, String key, String thread, long ageNs, List<StackTraceElement> takenAt) {}
