@NullMarked
package dev.hearth.tools.worker;

import org.jspecify.annotations.NullMarked;
