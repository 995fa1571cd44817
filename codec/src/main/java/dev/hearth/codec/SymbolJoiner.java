package dev.hearth.codec;

import java.lang.foreign.MemorySegment;

/**
 * Replaces symbols by their Huffman codes, joined by fours: the part of encoding that needs no memory of what went
 * before.
 *
 * <p>A word joins four neighbouring symbols: their codes from the highest bit on, zeros, and in the lowest byte how
 * many bits the codes take. A group of 64 symbols has sixteen words, in the order in which registers of eight lanes
 * make them: word j joins symbols from 8j on, word 8 + j those from 8j + 4 on. Four codes take 48 bits at most.
 */
interface SymbolJoiner {
    /** Bytes of words per symbol. */
    int BYTES_PER_SYMBOL = 2;

    /**
     * Joins the codes of a plane of whole groups of 64.
     *
     * @return false if a symbol has no code; the words are undefined then
     */
    boolean join(MemorySegment plane, long offset, int elements, HuffmanCode code, MemorySegment words);

    /**
     * Counts the symbols of a plane of whole groups of 64 that are not known yet.
     *
     * @param known 0 for a symbol that is to be counted
     * @param counts of 256 symbols, to which is added
     */
    void countOthers(MemorySegment plane, long offset, int elements, byte[] known, int[] counts);
}
