/** What stress tests need of holds and segments that only their own package can give. */
@NullMarked
package dev.hearth.store.mark;

import org.jspecify.annotations.NullMarked;
