package dev.hearth.store.log;

import static dev.hearth.store.log.RecordDescriptor.ALIGNMENT;
import static dev.hearth.store.log.RecordDescriptor.FLAGS_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.FLAG_MORE;
import static dev.hearth.store.log.RecordDescriptor.HEADER_BYTES;
import static dev.hearth.store.log.RecordDescriptor.LENGTH_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.MAX_BYTES;
import static dev.hearth.store.log.RecordDescriptor.TYPE_OFFSET;
import static dev.hearth.store.log.RecordDescriptor.TYPE_TRANSACTION;
import static dev.hearth.store.log.RecordDescriptor.VERSION_OFFSET;

import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What is lost with a log that is cut in front of damage: the records behind it that are whole by themselves.
 *
 * <p>
 * They are told by their checksum, which names the place of the record, wherever the search meets them; what was
 * between them and the damage is known only by the versions that are missing. Crafted bytes could make every place look
 * like the start of a large record, so the search ends after a fixed amount of checksumming.
 *
 * @param records      how many were found; a transaction can have several
 * @param firstVersion the lowest version among them; 0 if there are none
 * @param lastVersion  the highest
 * @param complete     whether everything was looked at
 */
public record LogLoss(long records, long firstVersion, long lastVersion, boolean complete) {
    private static final long BUDGET_BYTES = 1L << 30;

    /** Looks behind where a scan stopped; {@code operations} hears of what the records that are whole say. */
    public static LogLoss behind(StoreFiles files, LogSettings settings, LogScan scan,
            Consumer<LogOperation> operations) {
        try (Search search = new Search(settings, scan.tail().lastVersion(), operations)) {
            for (int number : LogNames.logNumbers(files)) {
                if (number < scan.tail().file()) {
                    continue;
                }
                try (StoreFile file = files.open(LogNames.log(number), true)) {
                    boolean first = number == scan.tail().file();
                    search.look(file, number, first && scan.stopOffset() > 0
                            ? scan.stopOffset()
                            : LogFileDescriptor.HEADER_BYTES);
                }
            }
            return new LogLoss(search.records, search.first, search.last, search.budgetBytes >= 0);
        }
    }

    private static final class Search implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment header = arena.allocate(HEADER_BYTES, 8);
        private final LogWindow window;
        private final long lastVersion;
        private final Consumer<LogOperation> operations;
        private final List<LogOperation> decoded = new ArrayList<>();
        long budgetBytes = BUDGET_BYTES;
        long records;
        long first;
        long last;

        Search(LogSettings settings, long lastVersion, Consumer<LogOperation> operations) {
            window = new LogWindow(new Checksums(settings.uuid()), arena);
            this.lastVersion = lastVersion;
            this.operations = operations;
        }

        void look(StoreFile file, int number, long offset) {
            long end = file.sizeBytes();
            long at = offset;
            window.invalidate();
            while (at + HEADER_BYTES <= end && budgetBytes >= 0) {
                at += seemsRecord(file, at) && window.load(file, number, at, end) == LogWindow.Found.RECORD
                        ? take()
                        : ALIGNMENT;
            }
        }

        private boolean seemsRecord(StoreFile file, long at) {
            file.read(at, header);
            int length = header.get(Bytes.INT, LENGTH_OFFSET);
            boolean seems = length >= HEADER_BYTES && length <= MAX_BYTES && length % ALIGNMENT == 0
                    && header.get(Bytes.BYTE, TYPE_OFFSET) == TYPE_TRANSACTION
                    && (header.get(Bytes.BYTE, FLAGS_OFFSET) & ~FLAG_MORE) == 0
                    && Long.compareUnsigned(header.get(Bytes.LONG, VERSION_OFFSET), lastVersion) > 0;
            budgetBytes -= seems ? length : 0;
            return seems;
        }

        private int take() {
            long version = window.version();
            records++;
            first = records == 1 || Long.compareUnsigned(version, first) < 0 ? version : first;
            last = Long.compareUnsigned(version, last) > 0 ? version : last;
            decoded.clear();
            if (window.decode(decoded)) {
                decoded.forEach(operations);
            }
            return window.recordBytes();
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
