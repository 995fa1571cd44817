@NullMarked
package dev.hearth.tools.model;

import org.jspecify.annotations.NullMarked;
