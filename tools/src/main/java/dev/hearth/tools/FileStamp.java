package dev.hearth.tools;

import dev.hearth.tools.model.ModelChangedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

/**
 * What tells a file from one that took its place or was written to since.
 *
 * @param path       absolute
 * @param bytes      its length
 * @param modifiedNs when it was written to last, since 1970
 */
record FileStamp(Path path, long bytes, long modifiedNs) {
    /** The stamp of a file as it is. */
    static FileStamp of(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new FileStamp(path.toAbsolutePath().normalize(), attributes.size(),
                attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
    }

    /**
     * Checks that the file is still the same.
     *
     * @throws ModelChangedException if it is not, or is gone
     */
    void requireSame() throws IOException {
        try {
            FileStamp now = of(path);
            if (!now.equals(this)) {
                throw new ModelChangedException(path, describe(), now.describe());
            }
        } catch (NoSuchFileException e) {
            throw new ModelChangedException(path, describe(), "no file");
        }
    }

    private String describe() {
        return "bytes=" + bytes + " modifiedNs=" + modifiedNs;
    }
}
