package dev.hearth.tools;

import dev.hearth.store.Keys;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The groups that the tensors of an import belong to: their layer, and all of them.
 *
 * <p>Names are paths of components between dots or slashes. The layer of a tensor is its name up to and including the
 * first component that is a number, such as {@code encoder.layer.3} of {@code encoder.layer.3.output.dense.weight}; if
 * there is none, the name up to its last dot or slash, such as {@code embeddings.word} of {@code
 * embeddings.word.weight}. A name of one component belongs to no layer.
 */
final class TensorGroups {
    /** The group of all tensors of an import. */
    static final String ALL = "@all";

    private TensorGroups() {}

    /** The names of the groups of a tensor. */
    static List<String> of(String tensor) {
        List<String> groups = new ArrayList<>();
        String layer = layer(tensor);
        if (!layer.isEmpty()) {
            groups.add(layer);
        }
        groups.add(ALL);
        return groups;
    }

    /** The same as keys. */
    static MemorySegment[] keys(String tensor) {
        return of(tensor).stream().map(Keys::utf8).toArray(MemorySegment[]::new);
    }

    private static String layer(String tensor) {
        int start = 0;
        int lastEnd = 0;
        for (int at = 0; at <= tensor.length(); at++) {
            if (at == tensor.length() || tensor.charAt(at) == '.' || tensor.charAt(at) == '/') {
                if (isNumber(tensor, start, at)) {
                    return tensor.substring(0, at);
                }
                lastEnd = at < tensor.length() ? at : lastEnd;
                start = at + 1;
            }
        }
        return tensor.substring(0, lastEnd);
    }

    private static boolean isNumber(String text, int from, int to) {
        boolean digits = to > from;
        for (int at = from; at < to; at++) {
            digits &= text.charAt(at) >= '0' && text.charAt(at) <= '9';
        }
        return digits;
    }
}
