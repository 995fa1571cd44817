/** Files, mappings and kernel locks through foreign calls: the only place that talks to the operating system. */
@NullMarked
package dev.hearth.store.io;

import org.jspecify.annotations.NullMarked;
