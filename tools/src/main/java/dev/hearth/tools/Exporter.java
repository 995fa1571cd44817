package dev.hearth.tools;

import dev.hearth.codec.DType;
import dev.hearth.store.EntryInfo;
import dev.hearth.store.Namespace;
import dev.hearth.store.Progress;
import dev.hearth.tools.model.MetadataJson;
import dev.hearth.tools.model.TensorContents;
import dev.hearth.tools.model.TensorInfo;
import dev.hearth.tools.model.TensorOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Writes the tensors of a namespace into a model file, in memory that does not grow with their size. One thread, for
 * one export.
 *
 * <p>The file has the namespace as it was at one moment. Entries are listed until two listings agree, so that no batch
 * is seen in part, and each is looked up again when its last byte was read: versions only grow, so the same version
 * means the same bytes. If an entry was replaced meanwhile, the export fails and leaves no file.
 */
final class Exporter {
    private static final int MAX_LISTINGS = 10;

    private final Namespace source;
    private final NameFilter filter;
    private final Progress progress;
    private final List<TensorOutput> outputs = new ArrayList<>();
    private final Map<DType, Totals> totals = new EnumMap<>(DType.class);
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private long totalBytes;
    private long doneBytes;

    Exporter(Namespace source, NameFilter filter, Progress progress) {
        this.source = source;
        this.filter = filter;
        this.progress = progress;
    }

    /**
     * What the tensors of one type come to.
     *
     * @param tensors      how many there are
     * @param logicalBytes bytes of their values
     */
    record Totals(long tensors, long logicalBytes) {
        Totals plus(long bytes) {
            return new Totals(tensors + 1, logicalBytes + bytes);
        }
    }

    /**
     * What came of an export.
     *
     * @param totals          by element type in the file
     * @param metadata        entries of the file's metadata
     * @param droppedMetadata entries for which the format has no place
     * @param nanos           from the first listing until the file is in place
     */
    record Result(Map<DType, Totals> totals, long metadata, long droppedMetadata, long nanos) {
        long tensors() {
            return totals.values().stream().mapToLong(Totals::tensors).sum();
        }

        long logicalBytes() {
            return totals.values().stream().mapToLong(Totals::logicalBytes).sum();
        }
    }

    /**
     * Writes a file.
     *
     * @param replaces whether one that is there is replaced; else it is a {@code FileAlreadyExistsException}
     * @throws ToolFailure if there is nothing to export, or it changed meanwhile
     * @throws IllegalArgumentException if the format cannot express a tensor or the metadata; nothing is written
     */
    Result to(Path file, ExportFormat format, boolean replaces) throws IOException {
        long startNanos = System.nanoTime();
        select(snapshot(), format);
        totalBytes = Math.multiplyExact(totalBytes, format.passes());
        long dropped = format.hasMetadata() ? 0 : metadata.size();
        Map<String, String> written = format.hasMetadata() ? metadata : Map.of();
        format.writer(replaces).write(file, written, outputs);
        return new Result(totals, written.size(), dropped, System.nanoTime() - startNanos);
    }

    private List<EntryInfo> snapshot() {
        List<EntryInfo> last = list();
        for (int i = 1; i < MAX_LISTINGS; i++) {
            List<EntryInfo> again = list();
            if (again.equals(last)) {
                return again;
            }
            last = again;
        }
        throw ToolFailure.failed("the namespace changes all the time: listed " + MAX_LISTINGS + " times");
    }

    private List<EntryInfo> list() {
        try (Stream<EntryInfo> entries = source.entries()) {
            return entries.sorted(Comparator.comparing(EntryInfo::key, Arrays::compareUnsigned)).toList();
        }
    }

    private void select(List<EntryInfo> entries, ExportFormat format) throws IOException {
        Map<String, String> notes = new TreeMap<>();
        long tensors = 0;
        for (EntryInfo entry : entries) {
            if (TensorNames.isReserved(entry.key())) {
                readMetadata(entry);
                continue;
            }
            tensors++;
            String name = TensorNames.name(entry.key());
            if (filter.matches(name)) {
                add(entry, name, format, notes);
            }
        }
        requireNoneRegistered(entries);
        if (outputs.isEmpty()) {
            String what = source.info().fingerprint().display();
            throw ToolFailure.negative(tensors == 0
                    ? "nothing to export in namespace " + what
                    : "none of " + tensors + " tensors in namespace " + what + " matches --filter " + filter);
        }
        metadata.putAll(notes);
    }

    /** The file would look like the whole model and not be it. */
    private void requireNoneRegistered(List<EntryInfo> entries) throws IOException {
        Set<String> names = new HashSet<>();
        entries.forEach(entry -> names.add(TensorNames.name(entry.key())));
        List<String> missing = Registration.of(source).tensors().map(TensorInfo::name)
                .filter(name -> filter.matches(name) && !names.contains(name)).toList();
        if (!missing.isEmpty()) {
            throw ToolFailure.negative("registered and not put yet: " + missing.size() + " tensors, such as "
                    + missing.getFirst() + "; get them, or import without --lazy, and export again");
        }
    }

    private void add(EntryInfo entry, String name, ExportFormat format, Map<String, String> notes) {
        TensorInfo stored = new TensorInfo(name, entry.spec().dtype(), entry.spec().shape(), entry.logicalBytes(),
                entry.attributes());
        TensorOutput exact = new TensorOutput(stored, contents(entry));
        TensorOutput output = format.hasMetadata() ? exact.forSafetensors() : forNpz(exact);
        String note = TensorNote.of(stored, output.info());
        if (!note.isEmpty()) {
            notes.put(TensorNote.PREFIX + name, note);
        }
        outputs.add(output);
        totals.merge(output.info().dtype(), new Totals(1, entry.logicalBytes()),
                (sum, one) -> sum.plus(one.logicalBytes()));
        totalBytes = Math.addExact(totalBytes, entry.logicalBytes());
    }

    /** Plain bytes are bytes anywhere; blocks of a type that numpy does not know would be lost as such. */
    private static TensorOutput forNpz(TensorOutput tensor) {
        boolean plainBytes = tensor.info().dtype() == DType.UNTYPED
                && !tensor.info().attributes().containsKey(TensorInfo.TYPE);
        return plainBytes ? tensor.asBytes() : tensor;
    }

    private void readMetadata(EntryInfo entry) throws IOException {
        if (!Arrays.equals(entry.key(), TensorNames.metadataKey().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))) {
            return;
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(entry.logicalBytes())]);
        read(entry, 0, bytes);
        metadata.putAll(MetadataJson.read(entry.keyText(), bytes));
    }

    private TensorContents contents(EntryInfo entry) {
        return (offset, target) -> {
            read(entry, offset, target);
            doneBytes += target.byteSize();
            progress.at(doneBytes, totalBytes);
        };
    }

    private void read(EntryInfo entry, long offset, MemorySegment target) {
        MemorySegment key = MemorySegment.ofArray(entry.key());
        long read = source.read(key, offset, target);
        boolean last = offset + target.byteSize() == entry.logicalBytes();
        boolean same = !last || source.find(key).map(now -> now.version() == entry.version()).orElse(false);
        if (read != target.byteSize() || !same) {
            throw ToolFailure.failed("the entry was replaced or removed while it was read: key=" + entry.keyText());
        }
    }
}
