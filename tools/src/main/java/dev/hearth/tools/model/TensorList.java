package dev.hearth.tools.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The tensors of a model as they are found: names are checked and counted. */
final class TensorList {
    private final List<ModelTensor> tensors = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /** Checks a name and remembers it. */
    void claim(MappedFile file, String name, String field, long offset) throws ModelFormatException {
        if (name.isEmpty()) {
            throw file.error(field, offset, "an empty name");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > Limits.MAX_NAME_BYTES) {
            throw file.error(field, offset, "a name of more than " + Limits.MAX_NAME_BYTES + " bytes: " + name);
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw file.error(field, offset, "a name with a control character: " + name);
        }
        if (names.size() >= Limits.MAX_TENSORS) {
            throw file.error(field, offset, "more than " + Limits.MAX_TENSORS + " tensors");
        }
        if (!names.add(name)) {
            throw file.error(field, offset, "the name " + name + " a second time");
        }
    }

    void add(ModelTensor tensor) {
        tensors.add(tensor);
    }

    List<ModelTensor> tensors() {
        return List.copyOf(tensors);
    }
}
