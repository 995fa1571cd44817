/**
 * Benchmarks of Hearth beside its peers, in the same run, and stress tests of its lock-free structures.
 */
@NullMarked
package dev.hearth.perf;

import org.jspecify.annotations.NullMarked;
