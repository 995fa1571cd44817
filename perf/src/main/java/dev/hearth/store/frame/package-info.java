/** Access to what the stress tests of frames need and nobody else. */
@NullMarked
package dev.hearth.store.frame;

import org.jspecify.annotations.NullMarked;
