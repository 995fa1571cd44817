/** What page codecs cost without what surrounds them: inside their package, because no user can ask for that. */
@NullMarked
package dev.hearth.codec;

import org.jspecify.annotations.NullMarked;
