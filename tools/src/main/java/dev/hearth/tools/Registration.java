package dev.hearth.tools;

import dev.hearth.codec.Compression;
import dev.hearth.codec.DType;
import dev.hearth.store.Kind;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.tools.convert.Conversion;
import dev.hearth.tools.model.MetadataJson;
import dev.hearth.tools.model.ModelFormatException;
import dev.hearth.tools.model.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is registered in a namespace: names of tensors that lie in model files and become entries at their first use.
 * Immutable.
 *
 * <p>It is the value of one entry with a key of the tool's own, a JSON object of texts:
 *
 * <pre>
 * version          1
 * sources          how many there are; N below is from 0 to one less
 * N.model.I        path of a model file, absolute
 * N.stamp.I        a file of those models, shards and external data included: bytes, a blank, ns since 1970 when it
 *                  was written to, a blank, its path
 * N.structure      SHA-256 of all that the models say beside the bytes of tensors
 * N.filter.I       a pattern of names; none if all tensors were meant
 * N.conversion     bf16, fp16 or int8; absent if values are as in the file
 * N.storage        in-place or compact
 * N.compression    level; absent for the store's
 * N.tensor.NAME    a tensor as it will be in the store: dtype, a blank, bytes, a blank, shape
 * </pre>
 *
 * @param sources what is registered together; no name occurs twice
 */
record Registration(List<Source> sources) {
    static final Registration NONE = new Registration(List.of());
    /** More than any set of models has names. */
    static final long MAX_BYTES = 256L << 20;
    private static final String VERSION = "1";
    private static final int MAX_SOURCES = 10_000;

    Registration {
        sources = List.copyOf(sources);
    }

    /**
     * The tensors that one import registered.
     *
     * @param models      the files it named
     * @param stamps      all files of those models
     * @param structure   SHA-256 of what they say beside the bytes of tensors
     * @param filter      which tensors were meant
     * @param conversion  what they are converted to; null for nothing
     * @param storage     how they are stored
     * @param compression at which level; null for the store's
     * @param tensors     what they will be, by name
     */
    record Source(List<Path> models, List<FileStamp> stamps, String structure, NameFilter filter,
            @Nullable Conversion conversion, Storage storage, @Nullable Compression compression,
            Map<String, TensorInfo> tensors) {
        Source {
            models = List.copyOf(models);
            stamps = List.copyOf(stamps);
            tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        }

        /** How a tensor of this source is put. */
        PutOptions options() {
            PutOptions options = PutOptions.of(Kind.PARAMETER).storage(storage);
            return compression == null ? options : options.compression(compression);
        }

        private Source without(Collection<String> names) {
            Map<String, TensorInfo> rest = new LinkedHashMap<>(tensors);
            rest.keySet().removeAll(names);
            return new Source(models, stamps, structure, filter, conversion, storage, compression, rest);
        }
    }

    /**
     * What is registered in a namespace; {@link #NONE} if there is no such entry.
     *
     * @throws ModelFormatException if it is damaged
     */
    static Registration of(Namespace namespace) throws IOException {
        try (Lease lease = namespace.get(TensorNames.registrationKey())) {
            return lease == null ? NONE : read(lease.segment());
        }
    }

    /** The source that has a name; null if none has. */
    @Nullable
    Source source(String name) {
        return sources.stream().filter(source -> source.tensors().containsKey(name)).findFirst().orElse(null);
    }

    /** Every name, and what it will be. */
    Stream<TensorInfo> tensors() {
        return sources.stream().flatMap(source -> source.tensors().values().stream());
    }

    /** This without some names; sources that have no others are dropped. */
    Registration without(Collection<String> names) {
        return new Registration(sources.stream().map(source -> source.without(names))
                .filter(source -> !source.tensors().isEmpty()).toList());
    }

    /** This with another source, whose names take the place of those there are. */
    Registration with(Source source) {
        List<Source> all = new ArrayList<>(without(source.tensors().keySet()).sources);
        all.add(source);
        return new Registration(all);
    }

    /** The value of the entry. */
    byte[] bytes() {
        Map<String, String> texts = new TreeMap<>();
        texts.put("version", VERSION);
        texts.put("sources", Integer.toString(sources.size()));
        for (int i = 0; i < sources.size(); i++) {
            write(sources.get(i), i + ".", texts);
        }
        return MetadataJson.write(texts);
    }

    private static void write(Source source, String prefix, Map<String, String> texts) {
        for (int i = 0; i < source.models().size(); i++) {
            texts.put(prefix + "model." + i, source.models().get(i).toString());
        }
        for (int i = 0; i < source.stamps().size(); i++) {
            FileStamp stamp = source.stamps().get(i);
            texts.put(prefix + "stamp." + i, stamp.bytes() + " " + stamp.modifiedNs() + " " + stamp.path());
        }
        texts.put(prefix + "structure", source.structure());
        List<String> globs = source.filter().globs();
        for (int i = 0; i < globs.size(); i++) {
            texts.put(prefix + "filter." + i, globs.get(i));
        }
        if (source.conversion() != null) {
            texts.put(prefix + "conversion", Words.of(source.conversion()));
        }
        texts.put(prefix + "storage", Words.of(source.storage()));
        if (source.compression() != null) {
            texts.put(prefix + "compression", Words.of(source.compression()));
        }
        source.tensors().forEach((name, tensor) -> texts.put(prefix + "tensor." + name,
                tensor.dtype() + " " + tensor.byteSize() + " " + new Shape(tensor.shape())));
    }

    /**
     * Reads the value of the entry.
     *
     * @throws ModelFormatException if it is not what {@link #bytes} writes
     */
    static Registration read(MemorySegment bytes) throws ModelFormatException {
        if (bytes.byteSize() > MAX_BYTES) {
            throw error("registration", bytes.byteSize() + " bytes, at most " + MAX_BYTES + " are supported");
        }
        return new Reader(MetadataJson.read("registration", bytes)).registration();
    }

    private static ModelFormatException error(String field, String found) {
        return new ModelFormatException(Path.of("registration"), field, ModelFormatException.NO_OFFSET, found);
    }

    /** Takes texts apart; each has to be used. */
    private static final class Reader {
        private final Map<String, String> texts;

        Reader(Map<String, String> texts) {
            this.texts = new LinkedHashMap<>(texts);
        }

        Registration registration() throws ModelFormatException {
            String version = take("version");
            if (!version.equals(VERSION)) {
                throw error("version", version + ", expected " + VERSION);
            }
            List<Source> sources = new ArrayList<>();
            Map<String, Integer> names = new LinkedHashMap<>();
            long count = number("sources", take("sources"));
            if (count < 0 || count > MAX_SOURCES) {
                throw error("sources", count + ", at most " + MAX_SOURCES);
            }
            Map<Integer, Map<String, TensorInfo>> tensors = tensors((int) count);
            for (int i = 0; i < count; i++) {
                Source source = source(i + ".", tensors.getOrDefault(i, Map.of()));
                for (String name : source.tensors().keySet()) {
                    if (names.putIfAbsent(name, i) != null) {
                        throw error("tensor", name + " a second time");
                    }
                }
                sources.add(source);
            }
            if (!texts.isEmpty()) {
                throw error(texts.keySet().iterator().next(), "no such field is known");
            }
            return new Registration(sources);
        }

        /** In one pass, because there are many. */
        private Map<Integer, Map<String, TensorInfo>> tensors(int sources) throws ModelFormatException {
            Map<Integer, Map<String, TensorInfo>> found = new LinkedHashMap<>();
            for (Map.Entry<String, String> text : Map.copyOf(texts).entrySet()) {
                int dot = text.getKey().indexOf('.');
                if (dot < 0 || !text.getKey().startsWith("tensor.", dot + 1)) {
                    continue;
                }
                long source = number(text.getKey(), text.getKey().substring(0, dot));
                String name = text.getKey().substring(dot + 1 + "tensor.".length());
                if (source < 0 || source >= sources) {
                    throw error(text.getKey(), "source " + source + " of " + sources);
                }
                found.computeIfAbsent((int) source, _ -> new TreeMap<>()).put(name, tensor(name, text.getValue()));
                texts.remove(text.getKey());
            }
            return found;
        }

        private static TensorInfo tensor(String name, String text) throws ModelFormatException {
            String[] parts = text.split(" ", -1);
            try {
                if (parts.length != 3) {
                    throw new IllegalArgumentException(text);
                }
                return new TensorInfo(name, DType.valueOf(parts[0]), Shape.parse(parts[2]).extents(),
                        Long.parseLong(parts[1]), Map.of());
            } catch (RuntimeException e) {
                throw error("tensor " + name, String.valueOf(e.getMessage()));
            }
        }

        private Source source(String prefix, Map<String, TensorInfo> tensors) throws ModelFormatException {
            try {
                List<Path> models = list(prefix + "model.").stream().map(Path::of).toList();
                List<FileStamp> stamps = list(prefix + "stamp.").stream().map(Reader::stamp).toList();
                NameFilter filter = new NameFilter(
                        list(prefix + "filter.").stream().map(NameFilter.Glob::parse).toList());
                String conversion = texts.remove(prefix + "conversion");
                String compression = texts.remove(prefix + "compression");
                if (models.isEmpty() || stamps.isEmpty() || tensors.isEmpty()) {
                    throw error(prefix, "models=" + models.size() + " stamps=" + stamps.size() + " tensors="
                            + tensors.size());
                }
                return new Source(models, stamps, take(prefix + "structure"), filter,
                        conversion == null ? null : Words.converter(Conversion.class).convert(conversion),
                        Words.converter(Storage.class).convert(take(prefix + "storage")),
                        compression == null ? null : Words.converter(Compression.class).convert(compression), tensors);
            } catch (ModelFormatException e) {
                throw e;
            } catch (Exception e) {
                // What parsers of paths, numbers, patterns and words throw.
                throw error(prefix, String.valueOf(e.getMessage()));
            }
        }

        private List<String> list(String prefix) {
            List<String> list = new ArrayList<>();
            for (String text = texts.remove(prefix + 0); text != null; text = texts.remove(prefix + list.size())) {
                list.add(text);
            }
            return list;
        }

        private static FileStamp stamp(String text) {
            String[] parts = text.split(" ", 3);
            if (parts.length != 3) {
                throw new IllegalArgumentException("stamp " + text);
            }
            return new FileStamp(Path.of(parts[2]), Long.parseLong(parts[0]), Long.parseLong(parts[1]));
        }

        private String take(String field) throws ModelFormatException {
            String text = texts.remove(field);
            if (text == null) {
                throw error(field, "nothing");
            }
            return text;
        }

        private static long number(String field, String text) throws ModelFormatException {
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw error(field, text + ", expected a number");
            }
        }
    }
}
