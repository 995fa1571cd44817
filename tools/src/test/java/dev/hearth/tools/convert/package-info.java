@NullMarked
package dev.hearth.tools.convert;

import org.jspecify.annotations.NullMarked;
