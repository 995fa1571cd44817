/**
 * The public API of the store that the inference processes of one host share.
 *
 * <p>Whatever callers need is in this package; the packages below it are the engine and may change at any time.
 */
@NullMarked
package dev.hearth.store;

import org.jspecify.annotations.NullMarked;
