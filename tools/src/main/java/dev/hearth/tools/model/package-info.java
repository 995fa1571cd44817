/**
 * Readers and writers of model files: ONNX, safetensors, GGUF, npy and npz.
 *
 * <p>{@link dev.hearth.tools.model.ModelFiles#open} maps a file, checks all of its structure and lists its tensors;
 * {@link dev.hearth.tools.model.ModelTensor} gives their bytes, without a copy where they lie plainly in the file.
 * {@link dev.hearth.tools.model.ModelWriter} writes tensors out again.
 *
 * <p>Files are not trusted. Whatever a file claims is compared with its size before memory is taken, a reader's memory
 * grows with the number of tensors and never with their size, no reader recurses deeper than a fixed limit, and every
 * rejection is a {@link dev.hearth.tools.model.ModelFormatException} naming file, field, offset and what was found.
 */
@NullMarked
package dev.hearth.tools.model;

import org.jspecify.annotations.NullMarked;
