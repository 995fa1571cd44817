package dev.hearth.store;

/**
 * What was copied.
 *
 * @param version   the version that the copy is as of
 * @param entries   entries that were there
 * @param dataBytes bytes of the data file that were copied
 * @param logBytes  bytes of checkpoint and log
 */
public record CopyReport(long version, long entries, long dataBytes, long logBytes) {}
