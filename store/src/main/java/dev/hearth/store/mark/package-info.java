/** The mark file: geometry, shared words, segment table and process slots, and the locks that guard them. */
@NullMarked
package dev.hearth.store.mark;

import org.jspecify.annotations.NullMarked;
