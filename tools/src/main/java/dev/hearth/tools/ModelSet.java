package dev.hearth.tools;

import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.TensorSpec;
import dev.hearth.tools.model.ModelFile;
import dev.hearth.tools.model.ModelFiles;
import dev.hearth.tools.model.ModelTensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Open model files that are imported together, checked to be fit for one namespace: no name occurs twice, and every
 * tensor can be described. One thread.
 */
final class ModelSet implements AutoCloseable {
    private static final int STEP_BYTES = 1 << 20;

    private final List<ModelFile> models = new ArrayList<>();
    private final Map<Path, Stamp> stamps = new LinkedHashMap<>();
    private final List<ModelTensor> tensors = new ArrayList<>();
    private long tensorBytes;

    private ModelSet() {}

    /** What would differ if a file were replaced or written to. */
    private record Stamp(long bytes, long modifiedMs, String fileKey) {
        static Stamp of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.size(), attributes.lastModifiedTime().toMillis(),
                    String.valueOf(attributes.fileKey()));
        }
    }

    /**
     * Opens and checks all files; reads no tensor.
     *
     * @throws ToolFailure if a file is missing, or two tensors have one name
     * @throws IOException if a file cannot be read, or is no sound model
     */
    static ModelSet open(List<Path> paths) throws IOException {
        ModelSet set = new ModelSet();
        try {
            for (Path path : paths) {
                set.add(path);
            }
            set.check();
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
            tensors.addAll(model.tensors());
        } catch (NoSuchFileException e) {
            throw ToolFailure.usage("file=" + e.getFile() + " does not exist");
        }
    }

    private void check() {
        Map<String, Path> names = new HashMap<>();
        for (ModelTensor tensor : tensors) {
            Path other = names.put(tensor.name(), tensor.file());
            if (other != null) {
                throw ToolFailure
                        .usage("tensor=" + tensor.name() + " is both in " + other + " and in " + tensor.file());
            }
            Keys.require(Keys.utf8(tensor.name()));
            options(tensor, Storage.IN_PLACE);
            tensorBytes = Math.addExact(tensorBytes, tensor.byteSize());
        }
        if (tensors.isEmpty()) {
            throw ToolFailure.usage("no tensors in " + stamps.keySet());
        }
    }

    /** How a tensor is put. */
    static PutOptions options(ModelTensor tensor, Storage storage) {
        return PutOptions.of(Kind.PARAMETER).storage(storage).spec(new TensorSpec(tensor.dtype(), tensor.shape()))
                .attributes(tensor.attributes());
    }

    /** All tensors, in the order of the files. */
    List<ModelTensor> tensors() {
        return List.copyOf(tensors);
    }

    /** Bytes of all tensors. */
    long tensorBytes() {
        return tensorBytes;
    }

    /** Bytes of all files. */
    long fileBytes() {
        return stamps.values().stream().mapToLong(Stamp::bytes).sum();
    }

    /**
     * The SHA-256 of the file; of several, that of their SHA-256s one behind the other, in the order of the files.
     */
    String sha256(Progress progress) throws IOException {
        long done = 0;
        MessageDigest all = newSha256();
        byte[] last = new byte[0];
        for (Path file : stamps.keySet()) {
            last = sha256(file, done, progress);
            all.update(last);
            done += Files.size(file);
        }
        return HexFormat.of().formatHex(stamps.size() == 1 ? last : all.digest());
    }

    private byte[] sha256(Path file, long doneBefore, Progress progress) throws IOException {
        MessageDigest digest = newSha256();
        byte[] step = new byte[STEP_BYTES];
        long done = doneBefore;
        try (InputStream stream = Files.newInputStream(file)) {
            for (int read = stream.read(step); read >= 0; read = stream.read(step)) {
                digest.update(step, 0, read);
                done += read;
                progress.at(done, fileBytes());
            }
        }
        return digest.digest();
    }

    static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
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
