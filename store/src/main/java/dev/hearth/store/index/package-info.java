/**
 * The persistent index: a Chronicle Map of entry descriptors that follows the log and can be thrown away at any time.
 */
@NullMarked
package dev.hearth.store.index;

import org.jspecify.annotations.NullMarked;
