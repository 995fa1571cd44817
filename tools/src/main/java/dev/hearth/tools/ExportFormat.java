package dev.hearth.tools;

import dev.hearth.tools.model.ModelWriter;
import java.nio.file.Path;
import java.util.Locale;

/** What can be exported to: the end of the file's name says it. */
enum ExportFormat {
    SAFETENSORS, NPZ;

    /**
     * The format of a file.
     *
     * @throws ToolFailure if its name ends like none; names those there are
     */
    static ExportFormat of(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        for (ExportFormat format : values()) {
            if (name.endsWith("." + Words.of(format))) {
                return format;
            }
        }
        throw ToolFailure.usage("file=" + file + " ends neither in .safetensors nor in .npz");
    }

    /** How often the writer reads each tensor. */
    int passes() {
        return this == NPZ ? 2 : 1;
    }

    ModelWriter writer(boolean replaces) {
        return this == NPZ ? ModelWriter.npz(false, replaces) : ModelWriter.safetensors(replaces);
    }

    /** Whether a file can hold metadata, and with it what it has no types for. */
    boolean hasMetadata() {
        return this == SAFETENSORS;
    }
}
