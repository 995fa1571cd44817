@NullMarked
package dev.hearth.tools.inference;

import org.jspecify.annotations.NullMarked;
