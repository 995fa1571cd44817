package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * Reads GGUF files, versions 2 and 3, little-endian.
 *
 * <p>The layout is that of the format's documentation, "File Structure": magic, version, counts, metadata, tensor
 * descriptions, and the data, in which each tensor starts at the next multiple of {@code general.alignment} behind the
 * one before. Dimensions are stored fastest first and are turned around here. Quantised tensors become untyped blocks
 * with type name and block size as attributes. Bytes behind the last tensor are left alone, as other readers do.
 */
final class GgufReader {
    static final String FORMAT = "gguf";

    /** "GGUF" as a little-endian number. */
    private static final long MAGIC = 0x46554747L;
    private static final int OLDEST = 2;
    private static final int NEWEST = 3;
    private static final int DEFAULT_ALIGNMENT = 32;
    private static final String ALIGNMENT = "general.alignment";
    private static final int MAX_KEY_BYTES = 65_535;
    /** A key's length, a value's type and one byte. */
    private static final int MIN_ENTRY_BYTES = 13;
    /** Name length, dimension count, type and offset. */
    private static final int MIN_TENSOR_BYTES = 24;

    private final MappedFile file;
    private final GgufCursor cursor;
    private final Metadata metadata = new Metadata();
    private final TensorList tensors = new TensorList();
    private final List<Entry> entries = new ArrayList<>();
    private long alignment = DEFAULT_ALIGNMENT;

    /** A tensor description, found at {@code at}; {@code offset} counts from the start of the data. */
    private record Entry(TensorInfo info, long offset, long at) {}

    private GgufReader(MappedFile file) {
        this.file = file;
        this.cursor = new GgufCursor(file, Integer.BYTES);
    }

    /** Whether a file's first bytes are those of GGUF. */
    static boolean matches(MappedFile file) throws ModelFormatException {
        return file.size() >= Integer.BYTES && file.u32(0, "magic") == MAGIC;
    }

    static OpenModel.Parsed read(MappedFile file) throws ModelFormatException {
        if (file.u32(0, "magic") != MAGIC) {
            throw file.error("magic", 0, Long.toHexString(file.u32(0, "magic")) + ", expected GGUF");
        }
        return new GgufReader(file).header();
    }

    private OpenModel.Parsed header() throws ModelFormatException {
        version();
        long tensorCount = cursor.count("tensor_count", Limits.MAX_TENSORS, MIN_TENSOR_BYTES);
        long entryCount = cursor.count("metadata_kv_count", Limits.MAX_METADATA_ENTRIES, MIN_ENTRY_BYTES);
        for (long i = 0; i < entryCount; i++) {
            metadataEntry();
        }
        for (long i = 0; i < tensorCount; i++) {
            tensorInfo();
        }
        addTensors();
        return new OpenModel.Parsed(FORMAT, List.of(file.path()), metadata.entries(), tensors.tensors());
    }

    private void version() throws ModelFormatException {
        long at = cursor.position();
        long version = cursor.u32("version");
        if (version < OLDEST || version > NEWEST) {
            boolean swapped = version != 0 && version % (1 << 16) == 0;
            throw file.error("version", at, swapped
                    ? "a big-endian file, which is not supported"
                    : "version " + version + ", supported are " + OLDEST + " and " + NEWEST);
        }
    }

    private void metadataEntry() throws ModelFormatException {
        long at = cursor.position();
        String key = cursor.string("metadata key", MAX_KEY_BYTES);
        long type = cursor.u32(key);
        long valueAt = cursor.position();
        metadata.put(file, key, cursor.value(type, key), at);
        if (key.equals(ALIGNMENT)) {
            alignment = type == GgufCursor.TYPE_UINT32 ? file.u32(valueAt, key) : 0;
            if (alignment == 0 || alignment % Long.BYTES != 0) {
                throw file.error(ALIGNMENT, valueAt, "expected a multiple of 8 as uint32");
            }
        }
    }

    private void tensorInfo() throws ModelFormatException {
        long at = cursor.position();
        String name = cursor.string("name", Limits.MAX_NAME_BYTES);
        tensors.claim(file, name, "name", at);
        List<Long> shape = shape(name);
        long typeAt = cursor.position();
        long code = cursor.u32("type");
        GgufType type = GgufType.of(code);
        if (type == null) {
            throw file.error("type", typeAt, "the unknown type " + code + " of " + name);
        }
        TensorInfo info = info(name, type, shape, at);
        long offsetAt = cursor.position();
        long offset = cursor.i64("offset");
        if (offset < 0 || offset % alignment != 0) {
            throw file.error("offset", offsetAt, Long.toUnsignedString(offset) + " of " + name
                    + ", which is no multiple of the alignment " + alignment);
        }
        entries.add(new Entry(info, offset, offsetAt));
    }

    private List<Long> shape(String name) throws ModelFormatException {
        long at = cursor.position();
        long dimensions = cursor.u32("n_dimensions");
        if (dimensions > Limits.MAX_DIMENSIONS) {
            throw file.error("n_dimensions", at, dimensions + " dimensions of " + name);
        }
        List<Long> shape = new ArrayList<>((int) dimensions);
        for (long i = 0; i < dimensions; i++) {
            shape.add(cursor.i64("dimensions"));
        }
        Collections.reverse(shape);
        return shape;
    }

    private TensorInfo info(String name, GgufType type, List<Long> shape, long at) throws ModelFormatException {
        try {
            long elements = Shapes.elements(shape);
            if (elements % type.blockElements != 0
                    || (!shape.isEmpty() && shape.getLast() % type.blockElements != 0)) {
                throw file.error("dimensions", at, shape + " of " + name + ": no whole blocks of " + type);
            }
            if (type.dtype != DType.UNTYPED) {
                return TensorInfo.of(name, type.dtype, shape);
            }
            long byteSize = Shapes.bytes(List.of(elements / type.blockElements), 8L * type.blockBytes);
            return TensorInfo.untyped(name, shape, byteSize,
                    new TensorInfo.Block(type.name(), type.blockElements, type.blockBytes));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file.path(), "dimensions", at, e.getMessage() + " of " + name, e);
        }
    }

    /** Puts the tensors in the order of their bytes, which must follow each other at the alignment. */
    private void addTensors() throws ModelFormatException {
        long dataStart = align(cursor.position());
        entries.sort(Comparator.comparingLong(Entry::offset).thenComparingLong(entry -> entry.info().byteSize()));
        long expected = 0;
        for (Entry entry : entries) {
            TensorInfo info = entry.info();
            if (entry.offset() != expected) {
                String what = entry.offset() < expected ? "an overlap" : "a hole";
                throw file.error("offset", entry.at(), what + " before " + info.name() + ": it begins at "
                        + entry.offset() + ", expected " + expected);
            }
            if (info.byteSize() > file.size() - dataStart - expected) {
                throw file.error("offset", entry.at(), info.byteSize() + " bytes of " + info.name()
                        + " pass the end of the file at " + file.size());
            }
            tensors.add(new ModelTensor(info,
                    new MappedSource(file, dataStart + expected, info.byteSize(), "offset")));
            expected = align(expected + info.byteSize());
        }
    }

    private long align(long position) {
        return (position + alignment - 1) / alignment * alignment;
    }
}
