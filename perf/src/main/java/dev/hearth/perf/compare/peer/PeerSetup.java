package dev.hearth.perf.compare.peer;

import java.nio.file.Path;

/**
 * What a store is opened for.
 *
 * @param directory   where its files are, or are to be
 * @param valueBytes  length of the values
 * @param entries     how many there will be
 * @param spareBytes  for values that will be put later
 * @param room        part of the entries that there is room for; below 1 the store has to evict
 */
public record PeerSetup(Path directory, int valueBytes, long entries, long spareBytes, double room) {
    /** Bytes of the values that there is to be room for. */
    public long payloadBytes() {
        return roomEntries() * valueBytes + spareBytes;
    }

    /** The entries that there is room for. */
    public long roomEntries() {
        return Math.round(entries * room);
    }

    /** Whether there is less room than entries. */
    public boolean evicting() {
        return room < 1;
    }
}
