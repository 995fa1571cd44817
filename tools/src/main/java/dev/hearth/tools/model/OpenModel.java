package dev.hearth.tools.model;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A model that was read; it owns the arena its files are mapped in. */
final class OpenModel implements ModelFile {
    private final Arena arena;
    private final Parsed parsed;

    /**
     * What a reader found.
     *
     * @param files every file of the model, the opened one first
     */
    record Parsed(String format, List<Path> files, Map<String, String> metadata, List<ModelTensor> tensors) {
        Parsed {
            files = List.copyOf(files);
            tensors = List.copyOf(tensors);
        }
    }

    OpenModel(Arena arena, Parsed parsed) {
        this.arena = arena;
        this.parsed = parsed;
    }

    @Override
    public Path path() {
        return parsed.files().getFirst();
    }

    @Override
    public List<Path> files() {
        return parsed.files();
    }

    @Override
    public String format() {
        return parsed.format();
    }

    @Override
    public Map<String, String> metadata() {
        return parsed.metadata();
    }

    @Override
    public List<ModelTensor> tensors() {
        return parsed.tensors();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
