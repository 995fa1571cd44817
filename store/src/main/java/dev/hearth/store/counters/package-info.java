/** Counters of all attachments, and the errors they met: what the tool shows of a store in use. */
@NullMarked
package dev.hearth.store.counters;

import org.jspecify.annotations.NullMarked;
