/** Decides which activations stay when the hand of eviction passes them. Bytes in, decisions out: no I/O, no state. */
@NullMarked
package dev.hearth.store.evict;

import org.jspecify.annotations.NullMarked;
