package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Opens model files of every supported format. */
public final class ModelFiles {
    private ModelFiles() {}

    /**
     * Maps a model file, recognises its format by its content, else by the end of its name, and checks all of its
     * structure. Bytes of tensors are not read.
     *
     * @throws ModelFormatException if the file is not a sound model of a supported format
     * @throws IOException if the file is missing or cannot be read
     */
    public static ModelFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        boolean opened = false;
        try {
            ModelFile model = new OpenModel(arena, parse(path, arena));
            opened = true;
            return model;
        } finally {
            if (!opened) {
                arena.close();
            }
        }
    }

    /** The SHA-256 of a set of files as {@link #sha256(Collection, LongConsumer)} says it. */
    public static String sha256(Collection<Path> files) throws IOException {
        return sha256(files, _ -> {});
    }

    /**
     * The SHA-256 of a set of files, in hexadecimal: what names a model by its content.
     *
     * <p>One file has its own. Several have that of the list that {@code sha256sum} prints of them in their folder, its
     * lines sorted by byte: SHA-256, two blanks, name, line feed; a name with a line feed, carriage return or backslash
     * is written with escapes and its line starts with a backslash. So it depends neither on the folder nor on the
     * order in which files are named.
     *
     * @param doneBytes is told after each step how many bytes of all files were read
     * @throws IllegalArgumentException if there is no file
     */
    public static String sha256(Collection<Path> files, LongConsumer doneBytes) throws IOException {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("files=" + files);
        }
        List<String> lines = new ArrayList<>(files.size());
        String last = "";
        long done = 0;
        for (Path file : files) {
            long before = done;
            MessageDigest digest = Sha256.digest();
            done += Sha256.update(digest, file, bytes -> doneBytes.accept(before + bytes));
            last = HexFormat.of().formatHex(digest.digest());
            lines.add(line(last, String.valueOf(file.getFileName())));
        }
        if (lines.size() == 1) {
            return last;
        }
        // UTF-8 sorts like code points, which is not how texts compare in Java.
        lines.sort(Comparator.comparing(text -> text.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
        MessageDigest all = Sha256.digest();
        all.update(String.join("", lines).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(all.digest());
    }

    /**
     * The SHA-256, in hexadecimal, of what models say beside the bytes of their tensors: formats, metadata, and of each
     * tensor name, type, shape, length, attributes and place. Not of where the files are.
     */
    public static String structureSha256(Collection<ModelFile> models) {
        MessageDigest digest = Sha256.digest();
        for (ModelFile model : models) {
            add(digest, model.format(), model.files().size(), model.metadata().size(), model.tensors().size());
            new TreeMap<>(model.metadata()).forEach((name, text) -> add(digest, name, text));
            for (ModelTensor tensor : model.tensors()) {
                add(digest, tensor.name(), tensor.dtype(), tensor.shape(), tensor.byteSize(),
                        new TreeMap<>(tensor.attributes()), model.files().indexOf(tensor.file()), tensor.fileOffset());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The SHA-256 of texts, in hexadecimal. */
    public static String sha256OfTexts(List<String> texts) {
        MessageDigest digest = Sha256.digest();
        add(digest, texts.toArray());
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Each with its length in front, so that nothing else has the same bytes. */
    private static void add(MessageDigest digest, Object... parts) {
        for (Object part : parts) {
            byte[] text = part.toString().getBytes(StandardCharsets.UTF_8);
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, text.length));
            digest.update(text);
        }
    }

    private static String line(String sha256, String name) {
        String escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
        return (escaped.equals(name) ? "" : "\\") + sha256 + "  " + escaped + "\n";
    }

    private static OpenModel.Parsed parse(Path path, Arena arena) throws IOException {
        MappedFile file = MappedFile.map(path, arena);
        try {
            return reader(file).read(file, arena);
        } catch (InternalError fault) {
            throw file.changed(fault);
        }
    }

    /** Reads a mapped file whose format is known. */
    private interface Reader {
        OpenModel.Parsed read(MappedFile file, Arena arena) throws IOException;
    }

    private static Reader reader(MappedFile file) throws ModelFormatException {
        if (file.size() == 0) {
            throw file.error("file", 0, "an empty file");
        }
        Reader byContent = byContent(file);
        if (byContent != null) {
            return byContent;
        }
        String name = file.path().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".onnx")) {
            return OnnxReader::read;
        }
        if (name.endsWith(".safetensors")) {
            return (mapped, arena) -> SafetensorsReader.read(mapped);
        }
        if (name.endsWith(".gguf")) {
            return (mapped, arena) -> GgufReader.read(mapped);
        }
        if (name.endsWith(NpyReader.SUFFIX)) {
            return (mapped, arena) -> NpyReader.read(mapped);
        }
        if (name.endsWith(".npz")) {
            return (mapped, arena) -> NpzReader.read(mapped);
        }
        if (name.endsWith(".json")) {
            return SafetensorsIndexReader::read;
        }
        throw file.error("file", 0, "neither content nor name is that of ONNX, safetensors, GGUF, npy or npz");
    }

    private static @Nullable Reader byContent(MappedFile file) throws ModelFormatException {
        if (SafetensorsReader.matches(file)) {
            return (mapped, arena) -> SafetensorsReader.read(mapped);
        }
        if (GgufReader.matches(file)) {
            return (mapped, arena) -> GgufReader.read(mapped);
        }
        if (NpyHeader.matches(file)) {
            return (mapped, arena) -> NpyReader.read(mapped);
        }
        if (ZipDirectory.matches(file)) {
            return (mapped, arena) -> NpzReader.read(mapped);
        }
        return null;
    }
}
