package dev.hearth.tools.model;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/** Reads an npy file: one array, named after the file. */
final class NpyReader {
    static final String FORMAT = "npy";
    static final String SUFFIX = ".npy";

    private NpyReader() {}

    static OpenModel.Parsed read(MappedFile file) throws ModelFormatException {
        byte[] prefix = file.slice(0, Math.min(file.size(), NpyHeader.MAX_BYTES), "header")
                .toArray(ValueLayout.JAVA_BYTE);
        NpyHeader.Origin origin = new NpyHeader.Origin(file, 0, "");
        NpyHeader header = NpyHeader.parse(prefix, origin);
        TensorInfo info = header.info(name(file), origin);
        if (info.byteSize() != file.size() - header.headerBytes()) {
            throw file.error("shape", 0, info.dtype() + " " + info.shape() + " has " + info.byteSize()
                    + " bytes, but " + (file.size() - header.headerBytes()) + " follow the header");
        }
        TensorList tensors = new TensorList();
        tensors.claim(file, info.name(), "file name", 0);
        tensors.add(new ModelTensor(info, new MappedSource(file, header.headerBytes(), info.byteSize(), "data")));
        return new OpenModel.Parsed(FORMAT, List.of(file.path()), Map.of(), tensors.tensors());
    }

    private static String name(MappedFile file) {
        String name = String.valueOf(file.path().getFileName());
        return name.length() > SUFFIX.length() && name.endsWith(SUFFIX)
                ? name.substring(0, name.length() - SUFFIX.length())
                : name;
    }
}
