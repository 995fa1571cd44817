/** Small tables for the concurrency tests, made of parts that the package keeps to itself. */
@NullMarked
package dev.hearth.store.table;

import org.jspecify.annotations.NullMarked;
