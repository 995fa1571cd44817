package dev.hearth.store.io;

import java.nio.file.Path;
import java.util.List;

/** Opens, lists, renames and removes files under one directory of a store; tests pass one that records or fails. */
public interface StoreFiles {
    /** The directory. */
    Path directory();

    /** Names of what lies in the directory, sorted. */
    List<String> list();

    /** Whether a file of this name is there. */
    boolean exists(String name);

    /** Opens an existing regular file of ours for reading and, unless {@code readOnly}, writing. */
    StoreFile open(String name, boolean readOnly);

    /** Creates a new empty file, mode 0600; one that is there already is an error. */
    StoreFile create(String name);

    /** Renames within the directory, replacing what has the new name. */
    void rename(String from, String to);

    /** Removes a file; none there is no error. */
    void delete(String name);

    /** Makes creations, renames and removals durable. */
    void syncDirectory();
}
