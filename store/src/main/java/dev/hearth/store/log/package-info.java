/** The versioned consistency log, which decides what exists, and the checkpoints that shorten it. */
@NullMarked
package dev.hearth.store.log;

import org.jspecify.annotations.NullMarked;
