/** Decoded pages in memory that all processes of a host share, so that each is decoded once per host. */
@NullMarked
package dev.hearth.store.frame;

import org.jspecify.annotations.NullMarked;
