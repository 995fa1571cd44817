package dev.hearth.store.segment;

import dev.hearth.store.Kind;

/**
 * One or more adjacent segments that are given out, held and released as one.
 *
 * @param head       index of the first
 * @param segments   how many
 * @param generation generation of the head
 * @param kind       kind of all entries in it
 */
public record Run(int head, int segments, long generation, Kind kind) {}
