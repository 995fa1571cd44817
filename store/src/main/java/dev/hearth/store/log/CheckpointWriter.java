package dev.hearth.store.log;

import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_BYTES;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_COUNT_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_CRC_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_ENTRIES;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_ENTRIES_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_NUMBER_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_BYTES;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_CRC_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_ENTRY_COUNT_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_MAGIC;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_MAGIC_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.FOOTER_TOTAL_CRC_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.HEADER_BYTES;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Collection;

/** Writes a checkpoint front to back, and its header last. One thread; the file belongs to whoever opened it. */
final class CheckpointWriter implements AutoCloseable {
    private static final int CHUNK_BLOCKS = 64;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment chunk = arena.allocate((long) CHUNK_BLOCKS * BLOCK_BYTES, 64);
    private final ByteBuffer chunkBytes = chunk.asByteBuffer();
    private final StoreFile file;
    private final LogSettings settings;
    private final LogTail position;
    private final Checksums checksums;
    private final TotalCrc total = new TotalCrc();
    private final int namespaceCount;
    private final int namespaceBytes;
    private long writtenBlocks;
    private int blocksInChunk;
    private int entriesInBlock;
    private long entryCount;

    CheckpointWriter(StoreFile file, LogSettings settings, LogTail position, Collection<LoggedNamespace> namespaces) {
        this.file = file;
        this.settings = settings;
        this.position = position;
        checksums = new Checksums(settings.uuid());
        namespaceCount = namespaces.size();
        namespaceBytes = CheckpointNamespaces.write(file, settings, position.lastVersion(), namespaces, total);
    }

    /** Adds an entry whose digest is above that of the one before. */
    void add(EntryDescriptor entry) {
        long block = (long) blocksInChunk * BLOCK_BYTES;
        EntryLayout.write(entry, chunk, block + BLOCK_ENTRIES_OFFSET + (long) entriesInBlock * EntryLayout.BYTES);
        entriesInBlock++;
        entryCount++;
        if (entriesInBlock == BLOCK_ENTRIES) {
            finishBlock();
        }
    }

    private void finishBlock() {
        long block = (long) blocksInChunk * BLOCK_BYTES;
        long used = BLOCK_ENTRIES_OFFSET + (long) entriesInBlock * EntryLayout.BYTES;
        chunk.asSlice(block + used, BLOCK_BYTES - used).fill((byte) 0);
        chunk.set(Bytes.INT, block + BLOCK_COUNT_OFFSET, entriesInBlock);
        chunk.set(Bytes.LONG, block + BLOCK_NUMBER_OFFSET, writtenBlocks + blocksInChunk);
        int crc = checksums.block(position.lastVersion(), blocksOffset() + block, chunkBytes,
                (int) block + BLOCK_COUNT_OFFSET, (int) block + BLOCK_BYTES);
        chunk.set(Bytes.INT, block + BLOCK_CRC_OFFSET, crc);
        total.add(crc);
        blocksInChunk++;
        entriesInBlock = 0;
        if (blocksInChunk == CHUNK_BLOCKS) {
            flush();
        }
    }

    private void flush() {
        if (blocksInChunk > 0) {
            file.write(blocksOffset(), chunk.asSlice(0, (long) blocksInChunk * BLOCK_BYTES));
            writtenBlocks += blocksInChunk;
            blocksInChunk = 0;
        }
    }

    /** Where the next chunk goes. */
    private long blocksOffset() {
        return HEADER_BYTES + namespaceBytes + writtenBlocks * BLOCK_BYTES;
    }

    /** Writes what is left, the footer, the header, and syncs. */
    void finish() {
        if (entriesInBlock > 0) {
            finishBlock();
        }
        flush();
        MemorySegment footer = arena.allocate(FOOTER_BYTES, 8);
        footer.set(Bytes.LONG, FOOTER_MAGIC_OFFSET, FOOTER_MAGIC);
        footer.set(Bytes.LONG, FOOTER_ENTRY_COUNT_OFFSET, entryCount);
        footer.set(Bytes.INT, FOOTER_TOTAL_CRC_OFFSET, total.value());
        footer.set(Bytes.INT, FOOTER_CRC_OFFSET, Checksums.of(footer, 0, FOOTER_CRC_OFFSET));
        file.write(blocksOffset(), footer);
        new CheckpointHeader(settings.uuid(), position, entryCount, namespaceCount, namespaceBytes,
                settings.geometry()).writeTo(file);
        file.sync();
    }

    @Override
    public void close() {
        arena.close();
    }
}
