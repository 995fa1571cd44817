package dev.hearth.store;

/**
 * What was copied.
 *
 * @param version   the version that the copy is as of
 * @param entries   that the lookup table counted; some of them may have ended with their segment already
 * @param dataBytes bytes of the data file that were copied
 * @param logBytes  bytes of checkpoint and log
 */
public record CopyReport(long version, long entries, long dataBytes, long logBytes) {}
