package dev.hearth.tools.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes one tensor as npy, version 1.0, its bytes aligned to 64. */
final class NpyWriter implements ModelWriter {
    private static final int ALIGNMENT = 64;
    /** Magic, version and length. */
    private static final int PREFIX_BYTES = 10;

    @Override
    public void write(Path target, Map<String, String> metadata, List<TensorOutput> tensors) throws IOException {
        if (tensors.size() != 1) {
            throw new IllegalArgumentException("tensors=" + tensors.size() + ", but npy holds exactly one");
        }
        TensorOutput tensor = tensors.getFirst();
        checkNoMetadata(metadata);
        byte[] header = header(tensor.info());
        NewFile.write(target, channel -> {
            NewFile.writeFully(channel, ByteBuffer.wrap(header));
            NewFile.writeContents(channel, tensor);
        });
    }

    static void checkNoMetadata(Map<String, String> metadata) {
        if (!metadata.isEmpty()) {
            throw new IllegalArgumentException("metadata=" + metadata.size() + " entries, but npy and npz have none");
        }
    }

    /**
     * The header of an array.
     *
     * @throws IllegalArgumentException if numpy has no name for the type
     */
    static byte[] header(TensorInfo info) {
        String descr = NpyHeader.descr(info.dtype());
        if (descr == null) {
            throw new UnsupportedTensorException(info, "numpy has no such type: write safetensors instead");
        }
        StringBuilder text = new StringBuilder("{'descr': '").append(descr)
                .append("', 'fortran_order': False, 'shape': (");
        for (long dimension : info.shape()) {
            text.append(dimension).append(info.shape().size() == 1 ? "," : ", ");
        }
        if (info.shape().size() > 1) {
            text.setLength(text.length() - 2);
        }
        text.append("), }");
        while ((PREFIX_BYTES + text.length() + 1) % ALIGNMENT != 0) {
            text.append(' ');
        }
        text.append('\n');
        ByteBuffer header = ByteBuffer.allocate(PREFIX_BYTES + text.length());
        header.put(new byte[]{(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        header.put((byte) text.length()).put((byte) (text.length() >> 8));
        return header.put(text.toString().getBytes(StandardCharsets.ISO_8859_1)).array();
    }
}
