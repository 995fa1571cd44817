/** What joins segments, log, table and index into a store: attaching, commits, lookups, recovery. */
@NullMarked
package dev.hearth.store.engine;

import org.jspecify.annotations.NullMarked;
