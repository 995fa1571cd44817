package dev.hearth.perf.compare;

import java.util.List;
import java.util.Map;

/**
 * What the rounds of a cell gave.
 *
 * @param rounds by peer, in the order of the cell; each peer has all of its rounds
 * @param noise  what went on beside them
 */
record Measured(Map<String, List<Round>> rounds, Noise noise) {}
