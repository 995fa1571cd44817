/** What page codecs save and cost on real weights and activations, beside what others do. */
@NullMarked
package dev.hearth.perf.codec;

import org.jspecify.annotations.NullMarked;
