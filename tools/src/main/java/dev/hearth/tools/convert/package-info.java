/** Lossy conversion of floating-point tensors, element by element, and the error it makes. */
@NullMarked
package dev.hearth.tools.convert;

import org.jspecify.annotations.NullMarked;
