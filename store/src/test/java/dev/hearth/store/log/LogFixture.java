package dev.hearth.store.log;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Settings, entries and short cuts that the tests of the log share. */
final class LogFixture {
    static final UUID STORE = new UUID(0x0123456789ABCDEFL, 0x8899AABBCCDDEEFFL);
    static final long FILE_BYTES = LogSettings.MIN_FILE_BYTES;

    private LogFixture() {}

    static LogSettings settings() {
        return settings(FILE_BYTES);
    }

    static LogSettings settings(long fileBytes) {
        return new LogSettings(STORE, fileBytes, bytes("geometry"), 7);
    }

    static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    static String text(MemorySegment bytes) {
        return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    /** An entry whose digest, place and length follow from {@code id}. */
    static EntryDescriptor entry(long id, long version) {
        return entry(id, version, (int) (id & 7), 1);
    }

    static EntryDescriptor entry(long id, long version, int segment, long generation) {
        return new EntryDescriptor(id * 0x9E3779B97F4A7C15L, id, version, generation, segment, (int) (id % 3),
                (int) id & 0xFFFF, 5, 2, 130, EntryDescriptor.CONTIGUOUS, 4096 + id, (int) (id * 31),
                Kind.ACTIVATION, Storage.COMPACT, 11);
    }

    static LogOperation.Put put(long id, long version) {
        return new LogOperation.Put(entry(id, version), bytes("key-" + id));
    }

    static LogWriter writer(StoreFiles files, LogSettings settings, LogTail tail) {
        LogWriter writer = new LogWriter(files, settings);
        writer.resume(tail);
        return writer;
    }

    /** Commits {@code operations} as one version. */
    static LogTail commit(LogWriter writer, long version, LogOperation... operations) {
        writer.begin(version, 1_700_000_000_000L + version);
        for (LogOperation operation : operations) {
            writer.add(operation);
        }
        return writer.commit();
    }

    /** Commits one put per version, {@code first} to {@code last}. */
    static LogTail commitPuts(LogWriter writer, long first, long last) {
        LogTail tail = writer.tail();
        for (long version = first; version <= last; version++) {
            tail = commit(writer, version, put(version, version));
        }
        return tail;
    }

    static List<LogTransaction> readAll(StoreFiles files, LogSettings settings) {
        List<LogTransaction> transactions = new ArrayList<>();
        LogReader.scan(files, settings, LogTail.ORIGIN, transactions::add);
        return transactions;
    }

    /** All that a transaction says, as text that can be compared. */
    static String describe(LogTransaction transaction) {
        StringBuilder text = new StringBuilder("v" + transaction.version() + "@" + transaction.timestampMs());
        transaction.operations().forEach(operation -> text.append(' ').append(describe(operation)));
        return text.toString();
    }

    static String describe(LogOperation operation) {
        return switch (operation) {
            case LogOperation.Put put -> "put " + put.entry() + " " + text(put.key());
            case LogOperation.Remove remove -> "remove " + remove.digestHi() + " " + remove.digestLo() + " "
                    + remove.namespace() + " " + text(remove.key());
            default -> operation.toString();
        };
    }
}
