/** Stores that people would use instead of Hearth, and Hearth, behind one interface. */
@NullMarked
package dev.hearth.perf.compare.peer;

import org.jspecify.annotations.NullMarked;
