/** Parts of the engine made for the stress tests, in their package so that they may be package-private. */
@NullMarked
package dev.hearth.store.engine;

import org.jspecify.annotations.NullMarked;
