/**
 * The comparison: the same work done by Hearth and by its peers, each in a JVM of its own, round by round in turn.
 *
 * <p>
 * {@link dev.hearth.perf.compare.Comparison} is the program; {@code Cells} says what is measured and what it should
 * come to.
 */
@NullMarked
package dev.hearth.perf.compare;

import org.jspecify.annotations.NullMarked;
