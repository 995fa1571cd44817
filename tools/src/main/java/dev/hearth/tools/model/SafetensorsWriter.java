package dev.hearth.tools.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes safetensors files. Tensors are laid out by element size, largest first, then by name, and the header is filled
 * up with spaces to a multiple of 8 bytes, so that every tensor is aligned to its elements.
 */
final class SafetensorsWriter implements ModelWriter {
    private static final int ALIGNMENT = 8;

    private final boolean replaces;

    SafetensorsWriter(boolean replaces) {
        this.replaces = replaces;
    }

    @Override
    public void write(Path target, Map<String, String> metadata, List<TensorOutput> tensors) throws IOException {
        List<TensorOutput> ordered = new ArrayList<>(tensors);
        ordered.sort(Comparator.comparingInt((TensorOutput t) -> -SafetensorsTypes.elementBits(t.info()))
                .thenComparing(t -> t.info().name()));
        ByteBuffer header = header(metadata, ordered);
        NewFile.write(target, replaces, channel -> {
            NewFile.writeFully(channel, header);
            for (TensorOutput tensor : ordered) {
                NewFile.writeContents(channel, tensor);
            }
        });
    }

    private static ByteBuffer header(Map<String, String> metadata, List<TensorOutput> tensors) {
        StringBuilder json = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            json.append('"').append(SafetensorsReader.METADATA).append("\":{");
            metadata.forEach((key, value) -> {
                JsonText.quote(key, json);
                json.append(':');
                JsonText.quote(value, json);
                json.append(',');
            });
            json.setCharAt(json.length() - 1, '}');
            json.append(',');
        }
        Set<String> names = new HashSet<>();
        long offset = 0;
        for (TensorOutput tensor : tensors) {
            TensorInfo info = tensor.info();
            checkName(info, names);
            append(info, offset, json);
            offset = Math.addExact(offset, info.byteSize());
        }
        if (json.length() > 1) {
            json.setLength(json.length() - 1);
        }
        return withLength(json.append('}').toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void checkName(TensorInfo info, Set<String> names) {
        if (info.name().equals(SafetensorsReader.METADATA) || !names.add(info.name())) {
            throw new IllegalArgumentException("tensor=" + Printable.of(info.name()) + " is reserved or there twice");
        }
    }

    private static void append(TensorInfo info, long offset, StringBuilder json) {
        if (!SafetensorsTypes.isWholeBytes(info.shape(), SafetensorsTypes.elementBits(info))) {
            throw new UnsupportedTensorException(info, "safetensors wants whole bytes: write its bytes as U8");
        }
        JsonText.quote(info.name(), json);
        json.append(":{\"dtype\":\"").append(SafetensorsTypes.name(info)).append("\",\"shape\":[");
        for (int i = 0; i < info.shape().size(); i++) {
            json.append(i == 0 ? "" : ",").append(info.shape().get(i));
        }
        json.append("],\"data_offsets\":[").append(offset).append(',').append(offset + info.byteSize()).append("]},");
    }

    private static ByteBuffer withLength(byte[] json) {
        int padded = Math.addExact(json.length, (ALIGNMENT - json.length % ALIGNMENT) % ALIGNMENT);
        if (padded > SafetensorsReader.MAX_HEADER_BYTES) {
            throw new IllegalArgumentException("headerBytes=" + padded + " is more than "
                    + SafetensorsReader.MAX_HEADER_BYTES);
        }
        ByteBuffer header = ByteBuffer.allocate(SafetensorsReader.LENGTH_BYTES + padded)
                .order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded).put(json);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }
}
