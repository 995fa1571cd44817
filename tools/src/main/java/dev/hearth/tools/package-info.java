/**
 * The admin tool {@code hearth}: one class per command, each of which parses, calls the store and prints.
 */
@NullMarked
package dev.hearth.tools;

import org.jspecify.annotations.NullMarked;
