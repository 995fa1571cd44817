package dev.hearth.tools.model;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes tensors as npz: a zip archive of npy members, stored or deflated, the same bytes for the same tensors.
 *
 * <p>A stored member's checksum comes before its bytes, so stored tensors are read twice.
 */
final class NpzWriter implements ModelWriter {
    /** The earliest time a zip archive can say: when it was written is nobody's business. */
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final boolean deflated;
    private final boolean replaces;

    NpzWriter(boolean deflated, boolean replaces) {
        this.deflated = deflated;
        this.replaces = replaces;
    }

    @Override
    public void write(Path target, Map<String, String> metadata, List<TensorOutput> tensors) throws IOException {
        NpyWriter.checkNoMetadata(metadata);
        List<byte[]> headers = new ArrayList<>(tensors.size());
        Set<String> names = new HashSet<>();
        for (TensorOutput tensor : tensors) {
            if (!names.add(tensor.info().name())) {
                throw new IllegalArgumentException("tensor=" + Printable.of(tensor.info().name()) + " is there twice");
            }
            headers.add(NpyWriter.header(tensor.info()));
        }
        NewFile.write(target, replaces, channel -> archive(channel, tensors, headers));
    }

    private void archive(FileChannel channel, List<TensorOutput> tensors, List<byte[]> headers) throws IOException {
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        // Not closed: that would close the channel, which is synced after the archive is finished.
        @SuppressWarnings("resource")
        ZipOutputStream zip = new ZipOutputStream(out);
        byte[] chunk = new byte[Limits.CHUNK_BYTES];
        for (int i = 0; i < tensors.size(); i++) {
            TensorOutput tensor = tensors.get(i);
            zip.putNextEntry(entry(tensor, headers.get(i), chunk));
            zip.write(headers.get(i));
            NewFile.eachChunk(tensor, MemorySegment.ofArray(chunk),
                    part -> zip.write(chunk, 0, (int) part.byteSize()));
            zip.closeEntry();
        }
        zip.finish();
        zip.flush();
    }

    private ZipEntry entry(TensorOutput tensor, byte[] header, byte[] chunk) throws IOException {
        ZipEntry entry = new ZipEntry(tensor.info().name() + NpyReader.SUFFIX);
        entry.setTimeLocal(NO_TIME);
        if (!deflated) {
            CRC32 crc = new CRC32();
            crc.update(header);
            NewFile.eachChunk(tensor, MemorySegment.ofArray(chunk),
                    part -> crc.update(chunk, 0, (int) part.byteSize()));
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(header.length + tensor.info().byteSize());
            entry.setCrc(crc.getValue());
        }
        return entry;
    }
}
