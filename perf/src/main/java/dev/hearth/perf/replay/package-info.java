/** Replay of block traces of inference servers against a store and against exact models of caches. */
@NullMarked
package dev.hearth.perf.replay;

import org.jspecify.annotations.NullMarked;
