/** The shared lookup table, which answers every get without a lock, and the table of the namespaces. */
@NullMarked
package dev.hearth.store.table;

import org.jspecify.annotations.NullMarked;
