package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a safetensors file: a length of 8 bytes, a JSON header of that length, the tensors' bytes.
 *
 * <p>The rules are those of the format's documentation, "Format": the header is at most 100 MB, starts with a brace,
 * may end in spaces, and has no name twice; {@code __metadata__} maps texts to texts; the ranges of the tensors cover
 * the bytes behind the header without overlap and without holes, and each is as long as its dtype and shape say.
 * Members that the documentation does not know are refused: a reader cannot know what they change.
 */
final class SafetensorsReader {
    static final String FORMAT = "safetensors";
    static final String METADATA = "__metadata__";
    static final int LENGTH_BYTES = Long.BYTES;
    static final int MAX_HEADER_BYTES = 100_000_000;

    private final MappedFile file;
    private final long dataStart;
    private final JsonReader json;
    private final Metadata metadata = new Metadata();
    private final TensorList tensors = new TensorList();
    private final List<Entry> entries = new ArrayList<>();

    /** A tensor of the header; {@code at} is where the header describes it. */
    private record Entry(TensorInfo info, long begin, long end, long at) {}

    private SafetensorsReader(MappedFile file, long headerBytes) {
        this.file = file;
        this.dataStart = LENGTH_BYTES + headerBytes;
        this.json = new JsonReader(file, LENGTH_BYTES, dataStart);
    }

    /** Whether a file's first bytes are those of a safetensors file. */
    static boolean matches(MappedFile file) throws ModelFormatException {
        if (file.size() <= LENGTH_BYTES) {
            return false;
        }
        long headerBytes = file.i64(0, "header length");
        return headerBytes > 0 && headerBytes <= MAX_HEADER_BYTES && file.u8(LENGTH_BYTES, "header") == '{';
    }

    static OpenModel.Parsed read(MappedFile file) throws ModelFormatException {
        long headerBytes = file.i64(0, "header length");
        if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES) {
            throw file.error("header length", 0,
                    Long.toUnsignedString(headerBytes) + ", expected 2 to " + MAX_HEADER_BYTES);
        }
        file.check(LENGTH_BYTES, headerBytes, "header");
        if (file.u8(LENGTH_BYTES, "header") != '{') {
            throw file.error("header", LENGTH_BYTES, "a header that does not start with '{'");
        }
        return new SafetensorsReader(file, headerBytes).header();
    }

    private OpenModel.Parsed header() throws ModelFormatException {
        json.beginObject("header");
        boolean metadataSeen = false;
        for (boolean first = true; json.more('}', first, "header"); first = false) {
            long at = json.position();
            String name = json.name("name", 6 * Limits.MAX_NAME_BYTES);
            if (!name.equals(METADATA)) {
                tensors.claim(file, name, "name", at);
                entries.add(new TensorHeader(name, at).read());
            } else if (metadataSeen) {
                throw file.error(METADATA, at, "a second time");
            } else {
                metadataSeen = true;
                metadata();
            }
        }
        json.end("header");
        addTensors();
        return new OpenModel.Parsed(FORMAT, List.of(file.path()), metadata.entries(), tensors.tensors());
    }

    private void metadata() throws ModelFormatException {
        json.beginObject(METADATA);
        for (boolean first = true; json.more('}', first, METADATA); first = false) {
            long at = json.position();
            String key = json.name(METADATA, MAX_HEADER_BYTES);
            metadata.put(file, key, json.string(METADATA, MAX_HEADER_BYTES), at);
        }
    }

    /** Puts the tensors in the order of their bytes, which must follow each other exactly. */
    private void addTensors() throws ModelFormatException {
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long expected = 0;
        for (Entry entry : entries) {
            TensorInfo info = entry.info();
            if (entry.begin() != expected) {
                String what = entry.begin() < expected ? "an overlap" : "a hole";
                throw file.error("data_offsets", entry.at(), what + " before " + info.name() + ": it begins at "
                        + entry.begin() + ", expected " + expected);
            }
            tensors.add(new ModelTensor(info,
                    new MappedSource(file, dataStart + entry.begin(), info.byteSize(), "data_offsets")));
            expected = entry.end();
        }
        if (expected != file.size() - dataStart) {
            throw file.error("data_offsets", dataStart, "the tensors end at " + expected + ", but "
                    + (file.size() - dataStart) + " bytes are there");
        }
    }

    /** One tensor's object in the header. */
    private final class TensorHeader {
        private final String name;
        private final long at;
        private @Nullable String dtype;
        private @Nullable List<Long> shape;
        private @Nullable List<Long> offsets;

        TensorHeader(String name, long at) {
            this.name = name;
            this.at = at;
        }

        Entry read() throws ModelFormatException {
            json.beginObject("tensor");
            for (boolean first = true; json.more('}', first, "tensor"); first = false) {
                long memberAt = json.position();
                String member = json.name("tensor", Limits.MAX_NAME_BYTES);
                switch (member) {
                    case "dtype" -> {
                        once(dtype, member, memberAt);
                        dtype = json.string("dtype", Limits.MAX_NAME_BYTES);
                    }
                    case "shape" -> {
                        once(shape, member, memberAt);
                        shape = sizes("shape", Limits.MAX_DIMENSIONS);
                    }
                    case "data_offsets" -> {
                        once(offsets, member, memberAt);
                        offsets = sizes("data_offsets", 2);
                    }
                    default -> throw file.error("tensor", memberAt, "the unknown member " + member + " of " + name);
                }
            }
            return entry();
        }

        private void once(@Nullable Object seen, String member, long memberAt) throws ModelFormatException {
            if (seen != null) {
                throw file.error(member, memberAt, "a second time in " + name);
            }
        }

        private List<Long> sizes(String field, int max) throws ModelFormatException {
            List<Long> sizes = new ArrayList<>();
            json.beginArray(field);
            for (boolean first = true; json.more(']', first, field); first = false) {
                if (sizes.size() == max) {
                    throw file.error(field, json.position(), "more than " + max + " numbers in " + name);
                }
                sizes.add(json.size(field));
            }
            return sizes;
        }

        private Entry entry() throws ModelFormatException {
            String type = dtype;
            List<Long> dims = shape;
            List<Long> range = offsets;
            if (type == null || dims == null || range == null) {
                throw file.error("tensor", at, "no dtype, shape or data_offsets in " + name);
            }
            if (range.size() != 2 || range.get(0) > range.get(1)) {
                throw file.error("data_offsets", at, range + " of " + name);
            }
            TensorInfo info = info(type, dims);
            if (range.get(1) - range.get(0) != info.byteSize()) {
                throw file.error("data_offsets", at, range + " of " + name + ", but " + type + " " + dims + " has "
                        + info.byteSize() + " bytes");
            }
            return new Entry(info, range.get(0), range.get(1), at);
        }

        private TensorInfo info(String type, List<Long> dims) throws ModelFormatException {
            Optional<DType> named = SafetensorsTypes.dtype(type);
            int bits = named.map(DType::bits).orElseGet(() -> SafetensorsTypes.untypedBits(type));
            if (bits == 0) {
                throw file.error("dtype", at, "the unknown type " + type + " of " + name);
            }
            try {
                if (!SafetensorsTypes.isWholeBytes(dims, bits)) {
                    throw file.error("shape", at, dims + " of " + name + ": not whole bytes of " + type);
                }
                long byteSize = Shapes.bytes(dims, bits);
                return named.isPresent()
                        ? TensorInfo.of(name, named.get(), dims)
                        : TensorInfo.untyped(name, dims, byteSize, new TensorInfo.Block(type, 1, bits / 8));
            } catch (IllegalArgumentException e) {
                throw new ModelFormatException(file.path(), "shape", at, e.getMessage() + " of " + name, e);
            }
        }
    }
}
