/** The description of an entry that log, table, index and segments exchange, and its bytes. */
@NullMarked
package dev.hearth.store.entry;

import org.jspecify.annotations.NullMarked;
