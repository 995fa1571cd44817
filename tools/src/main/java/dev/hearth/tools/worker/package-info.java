/**
 * The inference process of the demo: ONNX Runtime with parameters and a cache of answers in a store.
 *
 * <p>Only this package uses ONNX Runtime, and nothing of the library or of the tool uses this package: its classes are
 * loaded in processes that the demo starts with one more entry on the class path.
 */
@NullMarked
package dev.hearth.tools.worker;

import org.jspecify.annotations.NullMarked;
