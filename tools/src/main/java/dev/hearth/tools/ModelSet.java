package dev.hearth.tools;

import dev.hearth.store.Keys;
import dev.hearth.store.Progress;
import dev.hearth.store.TensorSpec;
import dev.hearth.tools.model.ModelFile;
import dev.hearth.tools.model.ModelFiles;
import dev.hearth.tools.model.ModelTensor;
import dev.hearth.tools.model.TensorInfo;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Open model files that are imported together, checked to be fit for one namespace: no key occurs twice, and every
 * tensor can be described. One thread.
 */
final class ModelSet implements AutoCloseable {
    private final NameFilter filter;
    private final List<ModelFile> models = new ArrayList<>();
    private final Map<Path, Stamp> stamps = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Item> items = new ArrayList<>();
    private long tensorBytes;

    private ModelSet(NameFilter filter) {
        this.filter = filter;
    }

    /**
     * A tensor to be imported.
     *
     * @param tensor where its bytes are
     * @param info   what it is: what its file says, together with the note that an export left in the metadata
     */
    record Item(ModelTensor tensor, TensorInfo info) {}

    /** What would differ if a file were replaced or written to. */
    private record Stamp(long bytes, long modifiedMs, String fileKey) {
        static Stamp of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.size(), attributes.lastModifiedTime().toMillis(),
                    String.valueOf(attributes.fileKey()));
        }
    }

    /** Opens all files with all their tensors; errors as {@link #open(List, NameFilter)}. */
    static ModelSet open(List<Path> paths) throws IOException {
        return open(paths, NameFilter.ALL);
    }

    /**
     * Opens and checks all files; reads no tensor.
     *
     * @throws ToolFailure if a file is missing, two tensors have one key, or no tensor is meant
     * @throws IOException if a file cannot be read, or is no sound model
     */
    static ModelSet open(List<Path> paths, NameFilter filter) throws IOException {
        ModelSet set = new ModelSet(filter);
        try {
            for (Path path : paths) {
                set.add(path);
            }
            set.select();
            return set;
        } catch (IOException | RuntimeException e) {
            set.close();
            throw e;
        }
    }

    private void add(Path path) throws IOException {
        try {
            ModelFile model = ModelFiles.open(path);
            models.add(model);
            for (Path file : model.files()) {
                stamps.put(file, Stamp.of(file));
            }
            model.metadata().forEach((name, text) -> {
                String known = metadata.putIfAbsent(name, text);
                if (known != null && !known.equals(text)) {
                    metadata.put(name + "@" + path.getFileName(), text);
                }
            });
        } catch (NoSuchFileException e) {
            throw ToolFailure.usage("file=" + e.getFile() + " does not exist");
        }
    }

    private void select() throws IOException {
        Map<String, Path> names = new HashMap<>();
        Set<String> notes = new HashSet<>();
        for (ModelFile model : models) {
            for (ModelTensor tensor : model.tensors()) {
                Path other = names.put(tensor.name(), tensor.file());
                if (other != null) {
                    throw ToolFailure
                            .usage("tensor=" + tensor.name() + " is both in " + other + " and in " + tensor.file());
                }
                notes.add(TensorNote.PREFIX + tensor.name());
                if (filter.matches(tensor.name())) {
                    add(tensor);
                }
            }
        }
        if (names.isEmpty()) {
            throw ToolFailure.usage("no tensors in " + stamps.keySet());
        }
        if (items.isEmpty()) {
            throw ToolFailure.negative("none of " + names.size() + " tensors matches --filter " + filter);
        }
        metadata.keySet().removeAll(notes);
    }

    private void add(ModelTensor tensor) throws IOException {
        String note = metadata.get(TensorNote.PREFIX + tensor.name());
        TensorInfo info = note == null ? tensor.info() : TensorNote.restore(tensor.info(), note, tensor.file());
        requireKey(info);
        if (info.shape().size() > TensorSpec.MAX_RANK) {
            throw ToolFailure.usage("tensor=" + info.name() + " rank=" + info.shape().size() + " maxRank="
                    + TensorSpec.MAX_RANK);
        }
        items.add(new Item(tensor, info));
        tensorBytes = Math.addExact(tensorBytes, info.byteSize());
    }

    /** Refuses a tensor that the store could not hold under its name. */
    static void requireKey(TensorInfo info) {
        if (TensorNames.isReserved(Keys.require(TensorNames.key(info.name())).toArray(ValueLayout.JAVA_BYTE))) {
            throw ToolFailure.usage("tensor=" + info.name() + " has a key of the tool's own");
        }
    }

    /** What is imported, in the order of the files. */
    List<Item> items() {
        return Collections.unmodifiableList(items);
    }

    /** The files that were named. */
    List<Path> paths() {
        return models.stream().map(model -> model.path().toAbsolutePath().normalize()).toList();
    }

    /** Which of their tensors are meant. */
    NameFilter filter() {
        return filter;
    }

    /** All files, as they are now: {@link #requireUnchanged} says whether they were so when they were opened. */
    List<FileStamp> fileStamps() throws IOException {
        List<FileStamp> all = new ArrayList<>();
        for (Path file : stamps.keySet()) {
            all.add(FileStamp.of(file));
        }
        return all;
    }

    /** What names the files as long as nobody writes to them: digest of structure, lengths and times, not of paths. */
    String identity() throws IOException {
        List<String> parts = new ArrayList<>(List.of(structure()));
        for (FileStamp stamp : fileStamps()) {
            parts.add(stamp.bytes() + " " + stamp.modifiedNs());
        }
        return ModelFiles.sha256OfTexts(parts);
    }

    /** The SHA-256 of what the files say beside the bytes of tensors. */
    String structure() {
        return ModelFiles.structureSha256(models);
    }

    /** The tensors that are imported, in the order of the files. */
    List<ModelTensor> tensors() {
        return items.stream().map(Item::tensor).toList();
    }

    /**
     * What the files say of themselves. Where a later file says something else than an earlier one, its entry is
     * {@code NAME@FILE}.
     */
    Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /** Bytes of all tensors that are imported. */
    long tensorBytes() {
        return tensorBytes;
    }

    /** Bytes of all files. */
    long fileBytes() {
        return stamps.values().stream().mapToLong(Stamp::bytes).sum();
    }

    /** The SHA-256 of all files, as {@link ModelFiles#sha256} says it. */
    String sha256(Progress progress) throws IOException {
        long total = fileBytes();
        return ModelFiles.sha256(stamps.keySet(), done -> progress.at(done, total));
    }

    /** Fails if a file was replaced or written to since it was opened: the tensors read may be a mixture. */
    void requireUnchanged() throws IOException {
        for (Map.Entry<Path, Stamp> file : stamps.entrySet()) {
            if (!Stamp.of(file.getKey()).equals(file.getValue())) {
                throw new IOException(file.getKey() + " changed while it was read");
            }
        }
    }

    @Override
    public void close() {
        models.forEach(ModelFile::close);
    }
}
