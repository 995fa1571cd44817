/** The data file: segments, the extents given out in them, entry headers, page tables and pages. */
@NullMarked
package dev.hearth.store.segment;

import org.jspecify.annotations.NullMarked;
