/** What concurrent readers and writers may see of each other, by jcstress: every possible outcome is named. */
@NullMarked
package dev.hearth.perf.jcstress;

import org.jspecify.annotations.NullMarked;
