package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/** Reads an npz file: a zip archive of npy members, stored or deflated, each a tensor named after its member. */
final class NpzReader {
    static final String FORMAT = "npz";

    private NpzReader() {}

    static OpenModel.Parsed read(MappedFile file) throws IOException {
        TensorList tensors = new TensorList();
        for (ZipDirectory.Member member : ZipDirectory.read(file)) {
            String name = name(file, member);
            tensors.claim(file, name, "member name", member.at());
            tensors.add(tensor(file, member, name));
        }
        return new OpenModel.Parsed(FORMAT, List.of(file.path()), Map.of(), tensors.tensors());
    }

    private static String name(MappedFile file, ZipDirectory.Member member) throws ModelFormatException {
        String name = member.name();
        if (name.endsWith(".pkl")) {
            throw file.error("member name", member.at(),
                    name + ", which is pickled code and never read: save the model as safetensors");
        }
        if (!name.endsWith(NpyReader.SUFFIX)) {
            throw file.error("member name", member.at(), name + ", which is not an array: expected NAME.npy");
        }
        return name.substring(0, name.length() - NpyReader.SUFFIX.length());
    }

    private static ModelTensor tensor(MappedFile file, ZipDirectory.Member member, String name) throws IOException {
        boolean stored = member.method() == ZipDirectory.STORED;
        byte[] prefix = stored
                ? file.slice(member.dataStart(), Math.min(member.bytes(), NpyHeader.MAX_BYTES), "member")
                        .toArray(ValueLayout.JAVA_BYTE)
                : ZipInflater.prefix(file, member, NpyHeader.MAX_BYTES);
        NpyHeader.Origin origin = new NpyHeader.Origin(file, member.dataStart(), member.name());
        NpyHeader header = NpyHeader.parse(prefix, origin);
        TensorInfo info = header.info(name, origin);
        if (info.byteSize() != member.bytes() - header.headerBytes()) {
            throw file.error("shape", member.dataStart(), info.dtype() + " " + info.shape() + " has "
                    + info.byteSize() + " bytes, but " + (member.bytes() - header.headerBytes())
                    + " follow the header in " + member.name());
        }
        return new ModelTensor(info, stored
                ? new ZipStoredSource(file, member, header.headerBytes())
                : new DecodedSource(file, "member", info.byteSize(), () -> start(file, member, header.headerBytes())));
    }

    private static DecodedSource.Decoder start(MappedFile file, ZipDirectory.Member member, int headerBytes)
            throws IOException {
        ZipInflater inflater = new ZipInflater(file, member);
        inflater.decode(MemorySegment.ofArray(new byte[headerBytes]));
        return inflater;
    }
}
