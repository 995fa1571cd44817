package dev.hearth.store.index;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What the tests of the index share: descriptors that differ in every field, and small indexes of them. */
final class IndexFixture {
    static final UUID STORE = new UUID(0x1122334455667788L, 0x99AABBCCDDEEFF00L);

    private IndexFixture() {}

    static IndexSettings settings(long maxEntries) {
        return new IndexSettings(STORE, maxEntries);
    }

    /** The {@code number}th entry as version {@code version} left it. */
    static EntryDescriptor entry(long number, long version) {
        int part = (int) (number + version) & 0xFFFFFF;
        return new EntryDescriptor(hi(number), number, version, version + 3, part % 512, part % 7, part, part % 91,
                part + 1, part % 1000, part & 7, 64L * part, part * 31, (part & 1) == 0
                        ? Kind.PARAMETER
                        : Kind.ACTIVATION,
                (part & 2) == 0 ? Storage.IN_PLACE : Storage.COMPACT, part % 15);
    }

    static long hi(long number) {
        return (number + 1) * 0x9E3779B97F4A7C15L;
    }

    /** Creates and publishes generation {@code generation} with the entries 0 to {@code count}, indexed up to 1. */
    static void publish(StoreFiles files, long generation, long maxEntries, int count) {
        try (PersistentIndex index = PersistentIndexes.create(files, generation, settings(maxEntries))) {
            for (int i = 0; i < count; i++) {
                index.put(entry(i, 1));
            }
            index.indexed(1);
            index.publish();
        }
    }

    /** All entries that a scan hands out, by the lower half of their digests. */
    static Map<Long, EntryDescriptor> contents(PersistentIndex index) {
        Map<Long, EntryDescriptor> found = new TreeMap<>();
        PersistentIndex.Scan scan = index.scan(entry -> {
            if (found.put(entry.digestLo(), entry) != null) {
                throw new AssertionError("handed out twice: " + entry);
            }
        });
        if (!scan.complete()) {
            throw new AssertionError(scan.toString());
        }
        return found;
    }

    static StoreDirectory directory(Path temporary) {
        return StoreDirectory.create(temporary.resolve("index"));
    }

    /** Files that delegate to others; a test overrides what it wants to fail. */
    static class Delegate implements StoreFiles {
        final StoreFiles files;

        Delegate(StoreFiles files) {
            this.files = files;
        }

        @Override
        public Path directory() {
            return files.directory();
        }

        @Override
        public List<String> list() {
            return files.list();
        }

        @Override
        public boolean exists(String name) {
            return files.exists(name);
        }

        @Override
        public StoreFile open(String name, boolean readOnly) {
            return files.open(name, readOnly);
        }

        @Override
        public StoreFile create(String name) {
            return files.create(name);
        }

        @Override
        public void rename(String from, String to) {
            files.rename(from, to);
        }

        @Override
        public void delete(String name) {
            files.delete(name);
        }

        @Override
        public void syncDirectory() {
            files.syncDirectory();
        }
    }

    /** Files on a disk that is full as soon as {@code callsLeft} calls that need space were made. */
    static final class FullDisk extends Delegate {
        int callsLeft;

        FullDisk(StoreFiles files, int callsLeft) {
            super(files);
            this.callsLeft = callsLeft;
        }

        @Override
        public StoreFile create(String name) {
            StoreFile file = files.create(name);
            return new StoreFile() {
                @Override
                public Path path() {
                    return file.path();
                }

                @Override
                public long sizeBytes() {
                    return file.sizeBytes();
                }

                @Override
                public long read(long offsetBytes, MemorySegment target) {
                    return file.read(offsetBytes, target);
                }

                @Override
                public void write(long offsetBytes, MemorySegment source) {
                    spend();
                    file.write(offsetBytes, source);
                }

                @Override
                public void allocate(long offsetBytes, long lengthBytes) {
                    spend();
                    file.allocate(offsetBytes, lengthBytes);
                }

                @Override
                public void punchHole(long offsetBytes, long lengthBytes) {
                    file.punchHole(offsetBytes, lengthBytes);
                }

                @Override
                public void truncate(long sizeBytes) {
                    file.truncate(sizeBytes);
                }

                @Override
                public void sync() {
                    file.sync();
                }

                @Override
                public void startWriteback(long offsetBytes, long lengthBytes) {
                    file.startWriteback(offsetBytes, lengthBytes);
                }

                @Override
                public void close() {
                    file.close();
                }
            };
        }

        private void spend() {
            if (callsLeft-- == 0) {
                throw new HearthException.Full("no space left");
            }
        }
    }
}
