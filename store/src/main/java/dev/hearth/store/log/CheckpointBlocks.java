package dev.hearth.store.log;

import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_BYTES;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_COUNT_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_CRC_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_ENTRIES;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_ENTRIES_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.BLOCK_NUMBER_OFFSET;
import static dev.hearth.store.log.CheckpointDescriptor.blocks;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries of a checkpoint one after the other; each block is checked before its first entry is handed out.
 * One thread; whoever made it closes it.
 */
final class CheckpointBlocks implements AutoCloseable {
    private static final int CHUNK_BLOCKS = 64;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment chunk = arena.allocate((long) CHUNK_BLOCKS * BLOCK_BYTES, 64);
    private final ByteBuffer chunkBytes = chunk.asByteBuffer();
    private final StoreFile file;
    private final CheckpointHeader header;
    private final Checksums checksums;
    private final TotalCrc total;
    private final long blockCount;
    private long nextBlock;
    private int blocksInChunk;
    private int blockInChunk;
    private int entriesInBlock;
    private int entryInBlock;
    private boolean started;
    private long lastDigestHi;
    private long lastDigestLo;
    private long entryOffset;

    /** Entries from the first on; the checksums of their blocks are added to {@code total}. */
    CheckpointBlocks(StoreFile file, CheckpointHeader header, TotalCrc total) {
        this.file = file;
        this.header = header;
        this.total = total;
        checksums = new Checksums(header.uuid());
        blockCount = blocks(header.entryCount());
    }

    /** The next entry; null behind the last. */
    @Nullable
    EntryDescriptor next() {
        return advance() ? EntryLayout.read(chunk, entryOffset) : null;
    }

    /** Goes to the next entry and checks it; false behind the last. */
    boolean advance() {
        if (entryInBlock == entriesInBlock && !nextBlock()) {
            return false;
        }
        long offset = (long) blockInChunk * BLOCK_BYTES + BLOCK_ENTRIES_OFFSET
                + (long) entryInBlock * EntryLayout.BYTES;
        if (!EntryLayout.isValid(chunk, offset)) {
            throw corrupt("a valid entry", "entry " + entryInBlock + " of the block");
        }
        long digestHi = EntryLayout.digestHi(chunk, offset);
        long digestLo = EntryLayout.digestLo(chunk, offset);
        if (started && Digests.compare(lastDigestHi, lastDigestLo, digestHi, digestLo) >= 0) {
            throw corrupt("entries in ascending order", "entry " + entryInBlock + " of the block");
        }
        started = true;
        lastDigestHi = digestHi;
        lastDigestLo = digestLo;
        entryOffset = offset;
        entryInBlock++;
        return true;
    }

    /** Memory in which the present entry lies, encoded, until the next is asked for. */
    MemorySegment memory() {
        return chunk;
    }

    /** Where in {@link #memory} it starts. */
    long entryOffset() {
        return entryOffset;
    }

    private boolean nextBlock() {
        if (nextBlock == blockCount) {
            return false;
        }
        blockInChunk++;
        if (blockInChunk >= blocksInChunk) {
            blocksInChunk = (int) Math.min(CHUNK_BLOCKS, blockCount - nextBlock);
            blockInChunk = 0;
            long want = (long) blocksInChunk * BLOCK_BYTES;
            long read = file.read(offset(nextBlock), chunk.asSlice(0, want));
            if (read != want) {
                throw new Corrupt("checkpoint", file.path(), offset(nextBlock) + read, want + " bytes",
                        read + " bytes");
            }
        }
        nextBlock++;
        check();
        entryInBlock = 0;
        return true;
    }

    private void check() {
        int start = blockInChunk * BLOCK_BYTES;
        long number = nextBlock - 1;
        int crc = checksums.block(header.position().lastVersion(), offset(number), chunkBytes,
                start + BLOCK_COUNT_OFFSET, start + BLOCK_BYTES);
        int stored = chunk.get(Bytes.INT, start + (long) BLOCK_CRC_OFFSET);
        if (crc != stored) {
            throw corrupt("crc " + Integer.toHexString(crc), "crc " + Integer.toHexString(stored));
        }
        entriesInBlock = chunk.get(Bytes.INT, start + (long) BLOCK_COUNT_OFFSET);
        long expected = Math.min(BLOCK_ENTRIES, header.entryCount() - number * BLOCK_ENTRIES);
        long storedNumber = chunk.get(Bytes.LONG, start + (long) BLOCK_NUMBER_OFFSET);
        if (entriesInBlock != expected || storedNumber != number) {
            throw corrupt("block " + number + " with " + expected + " entries",
                    "block " + storedNumber + " with " + entriesInBlock + " entries");
        }
        total.add(stored);
    }

    private long offset(long block) {
        return header.blocksOffset() + block * BLOCK_BYTES;
    }

    private Corrupt corrupt(String expected, String actual) {
        return new Corrupt("checkpoint block", file.path(), offset(nextBlock - 1), expected, actual);
    }

    @Override
    public void close() {
        arena.close();
    }
}
