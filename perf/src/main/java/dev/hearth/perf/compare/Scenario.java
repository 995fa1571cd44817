package dev.hearth.perf.compare;

import dev.hearth.perf.compare.peer.PeerSetup;
import dev.hearth.perf.compare.peer.Peers;
import java.nio.file.Path;

/**
 * What lies in the stores while some cells are measured. Cells of one scenario share the processes and the data.
 *
 * @param name       names it in messages
 * @param valueBytes length of the values
 * @param entries    how many are loaded first
 * @param spareBytes room for values that the rounds put
 * @param evicting   whether there is only room for half of the entries
 * @param processes  how many processes of each peer work on the same store
 * @param onDisk     whether the files lie on a disk instead of in memory
 */
record Scenario(String name, int valueBytes, long entries, long spareBytes, boolean evicting, int processes,
        boolean onDisk) {
    /** What a store needs beside the values, for each of them: index, table, log, pages that are half full. */
    private static final long ENTRY_OVERHEAD_BYTES = 512;

    /** Values that are read, in one process. */
    static Scenario of(String name, int valueBytes, long entries) {
        return new Scenario(name, valueBytes, entries, 0, false, 1, false);
    }

    /** With room for values that are put. */
    Scenario spare(long newSpareBytes) {
        return new Scenario(name, valueBytes, entries, newSpareBytes, evicting, processes, onDisk);
    }

    /** With another number of processes. */
    Scenario processes(int newProcesses) {
        return new Scenario(name, valueBytes, entries, spareBytes, evicting, newProcesses, onDisk);
    }

    /** With room for half of the entries only. */
    Scenario evicts() {
        return new Scenario(name, valueBytes, entries, spareBytes, true, processes, onDisk);
    }

    /** On a disk. */
    Scenario disk() {
        return new Scenario(name, valueBytes, entries, spareBytes, evicting, processes, true);
    }

    /** How a store is opened for it. */
    PeerSetup setup(String peer, Path directory) {
        double room = evicting ? 0.5 : 1;
        // All processes together have the same room, whether they share it or not.
        return new PeerSetup(directory, valueBytes, entries, spareBytes,
                evicting && Peers.isPrivate(peer) ? room / processes : room);
    }

    /** What the files of so many stores take, roughly and at most. */
    long fileBytes(int stores) {
        return stores * (entries * (valueBytes * 3L / 2 + ENTRY_OVERHEAD_BYTES) + spareBytes + (64L << 20));
    }
}
