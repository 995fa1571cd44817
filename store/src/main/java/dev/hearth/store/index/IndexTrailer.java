package dev.hearth.store.index;

import static dev.hearth.store.index.IndexTrailerDescriptor.BYTES;
import static dev.hearth.store.index.IndexTrailerDescriptor.CHANGE_BYTES;
import static dev.hearth.store.index.IndexTrailerDescriptor.CHANGE_DIGEST_HI;
import static dev.hearth.store.index.IndexTrailerDescriptor.CHANGE_DIGEST_LO;
import static dev.hearth.store.index.IndexTrailerDescriptor.CHANGE_HASH_AFTER;
import static dev.hearth.store.index.IndexTrailerDescriptor.CHANGE_HASH_BEFORE;
import static dev.hearth.store.index.IndexTrailerDescriptor.CHUNKS;
import static dev.hearth.store.index.IndexTrailerDescriptor.CRC;
import static dev.hearth.store.index.IndexTrailerDescriptor.EVEN_STATE;
import static dev.hearth.store.index.IndexTrailerDescriptor.FORMAT;
import static dev.hearth.store.index.IndexTrailerDescriptor.FORMAT_OFFSET;
import static dev.hearth.store.index.IndexTrailerDescriptor.FREE_LIST_BYTES;
import static dev.hearth.store.index.IndexTrailerDescriptor.GENERATION;
import static dev.hearth.store.index.IndexTrailerDescriptor.HEAD_BYTES;
import static dev.hearth.store.index.IndexTrailerDescriptor.HEAD_CRC;
import static dev.hearth.store.index.IndexTrailerDescriptor.KEY_BITS;
import static dev.hearth.store.index.IndexTrailerDescriptor.LOOKUP_BYTES;
import static dev.hearth.store.index.IndexTrailerDescriptor.MAGIC;
import static dev.hearth.store.index.IndexTrailerDescriptor.MAGIC_OFFSET;
import static dev.hearth.store.index.IndexTrailerDescriptor.MAX_ENTRIES;
import static dev.hearth.store.index.IndexTrailerDescriptor.MOST_CHANGES;
import static dev.hearth.store.index.IndexTrailerDescriptor.ODD_STATE;
import static dev.hearth.store.index.IndexTrailerDescriptor.SEGMENTS;
import static dev.hearth.store.index.IndexTrailerDescriptor.SEGMENT_HEADER_BYTES;
import static dev.hearth.store.index.IndexTrailerDescriptor.SLOTS;
import static dev.hearth.store.index.IndexTrailerDescriptor.SLOT_BYTES;
import static dev.hearth.store.index.IndexTrailerDescriptor.STATE_BYTES;
import static dev.hearth.store.index.IndexTrailerDescriptor.STATE_CHANGES;
import static dev.hearth.store.index.IndexTrailerDescriptor.STATE_CRC;
import static dev.hearth.store.index.IndexTrailerDescriptor.STATE_ENTRIES;
import static dev.hearth.store.index.IndexTrailerDescriptor.STATE_FIRST_CHANGE;
import static dev.hearth.store.index.IndexTrailerDescriptor.STATE_SEQUENCE;
import static dev.hearth.store.index.IndexTrailerDescriptor.STATE_SUM;
import static dev.hearth.store.index.IndexTrailerDescriptor.STATE_VERSION;
import static dev.hearth.store.index.IndexTrailerDescriptor.STORE_ID;
import static dev.hearth.store.index.IndexTrailerDescriptor.TIER_BYTES;
import static dev.hearth.store.index.IndexTrailerDescriptor.VALUE_BITS;

import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The trailer of one open index file: says what the file is and keeps its {@link IndexState}.
 *
 * <p>
 * A state is written over the older of two, so that one that is cut off in the middle leaves the other. Not
 * thread-safe.
 */
final class IndexTrailer {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private final StoreFile file;
    private final long offsetBytes;
    private final MemorySegment states;

    /** The trailer of {@code file}, which starts at {@code offsetBytes}; {@code arena} lives as long as it is used. */
    IndexTrailer(StoreFile file, long offsetBytes, Arena arena) {
        this.file = file;
        this.offsetBytes = offsetBytes;
        this.states = arena.allocate(2L * STATE_BYTES, 8);
    }

    /** Writes what the file is, once, before anything else uses the trailer. */
    void writeIdentity(UUID storeId, long generation, IndexGeometry geometry, int headCrc) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(BYTES, 8);
            block.set(LONG, MAGIC_OFFSET, MAGIC);
            block.set(INT, FORMAT_OFFSET, FORMAT);
            block.set(LONG, STORE_ID, storeId.getMostSignificantBits());
            block.set(LONG, STORE_ID + 8, storeId.getLeastSignificantBits());
            block.set(LONG, GENERATION, generation);
            block.set(LONG, MAX_ENTRIES, geometry.maxEntries());
            block.set(LONG, HEAD_BYTES, geometry.headBytes());
            block.set(INT, SEGMENTS, geometry.segments());
            block.set(INT, SEGMENT_HEADER_BYTES, geometry.segmentHeaderBytes());
            block.set(LONG, TIER_BYTES, geometry.tierBytes());
            block.set(LONG, SLOTS, geometry.slots());
            block.set(INT, SLOT_BYTES, geometry.slotBytes());
            block.set(INT, KEY_BITS, geometry.keyBits());
            block.set(INT, VALUE_BITS, geometry.valueBits());
            block.set(LONG, LOOKUP_BYTES, geometry.lookupBytes());
            block.set(LONG, FREE_LIST_BYTES, geometry.freeListBytes());
            block.set(LONG, CHUNKS, geometry.chunks());
            block.set(INT, HEAD_CRC, headCrc);
            block.set(INT, CRC, crc(block, 0, CRC));
            file.write(offsetBytes, block);
        }
    }

    /**
     * Reads what {@code file} is, and checks everything that was fixed when it was created.
     *
     * @throws IndexUnusable if it is not generation {@code generation} of the index of {@code storeId}, or is damaged
     */
    static IndexGeometry readIdentity(StoreFile file, UUID storeId, long generation) {
        long fileBytes = file.sizeBytes();
        if (fileBytes <= BYTES) {
            throw new IndexUnusable(IndexUnusable.Reason.DAMAGED, file.path(), "sizeBytes=" + fileBytes);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(BYTES, 8);
            readFully(file, fileBytes - BYTES, block);
            checkKind(file, block, storeId, generation);
            IndexGeometry geometry = geometryOf(file, block);
            if (geometry.fileBytes() != fileBytes) {
                throw new IndexUnusable(IndexUnusable.Reason.DAMAGED, file.path(),
                        "sizeBytes=" + fileBytes + " expected=" + geometry.fileBytes());
            }
            MemorySegment head = arena.allocate(geometry.headBytes(), 8);
            readFully(file, 0, head);
            int headCrc = crc(head, 0, head.byteSize());
            if (headCrc != block.get(INT, HEAD_CRC)) {
                throw new IndexUnusable(IndexUnusable.Reason.DAMAGED, file.path(), "checksum of the head: expected="
                        + Integer.toHexString(block.get(INT, HEAD_CRC)) + " actual=" + Integer.toHexString(headCrc));
            }
            return geometry;
        }
    }

    private static void checkKind(StoreFile file, MemorySegment block, UUID storeId, long generation) {
        if (block.get(LONG, MAGIC_OFFSET) != MAGIC) {
            throw new IndexUnusable(IndexUnusable.Reason.DAMAGED, file.path(), "there is no trailer");
        }
        if (block.get(INT, FORMAT_OFFSET) != FORMAT) {
            throw new IndexUnusable(IndexUnusable.Reason.FOREIGN, file.path(),
                    "format: expected=" + FORMAT + " actual=" + block.get(INT, FORMAT_OFFSET));
        }
        if (block.get(INT, CRC) != crc(block, 0, CRC)) {
            throw new IndexUnusable(IndexUnusable.Reason.DAMAGED, file.path(), "checksum of the trailer");
        }
        UUID found = new UUID(block.get(LONG, STORE_ID), block.get(LONG, STORE_ID + 8));
        if (!found.equals(storeId) || block.get(LONG, GENERATION) != generation) {
            throw new IndexUnusable(IndexUnusable.Reason.FOREIGN, file.path(), "expected=" + storeId + "/" + generation
                    + " actual=" + found + "/" + block.get(LONG, GENERATION));
        }
    }

    private static IndexGeometry geometryOf(StoreFile file, MemorySegment block) {
        try {
            return new IndexGeometry(block.get(LONG, MAX_ENTRIES), block.get(LONG, HEAD_BYTES),
                    block.get(INT, SEGMENTS), block.get(INT, SEGMENT_HEADER_BYTES), block.get(LONG, TIER_BYTES),
                    block.get(LONG, SLOTS), block.get(INT, SLOT_BYTES), block.get(INT, KEY_BITS),
                    block.get(INT, VALUE_BITS), block.get(LONG, LOOKUP_BYTES), block.get(LONG, FREE_LIST_BYTES),
                    block.get(LONG, CHUNKS));
        } catch (IllegalArgumentException e) {
            throw new IndexUnusable(IndexUnusable.Reason.DAMAGED, file.path(), "geometry: " + e.getMessage(), e);
        }
    }

    /** The newest state, with its pending changes if there are any. */
    IndexState readState() {
        readFully(file, offsetBytes + EVEN_STATE, states);
        IndexState even = stateAt(0);
        IndexState odd = stateAt(STATE_BYTES);
        if (even != null && (odd == null || even.sequence() > odd.sequence())) {
            return even;
        }
        if (odd == null) {
            throw new IndexUnusable(IndexUnusable.Reason.DAMAGED, file.path(), "there is no valid state");
        }
        return odd;
    }

    /** Writes {@code state} over the one before the last. */
    void writeState(IndexState state) {
        int changes = state.pending().size();
        long bytes = STATE_FIRST_CHANGE + (long) changes * CHANGE_BYTES;
        MemorySegment target = states.asSlice(0, bytes);
        target.asSlice(0, STATE_FIRST_CHANGE).fill((byte) 0);
        target.set(LONG, STATE_SEQUENCE, state.sequence());
        target.set(LONG, STATE_VERSION, state.version());
        target.set(LONG, STATE_ENTRIES, state.entries());
        target.set(LONG, STATE_SUM, state.sum());
        target.set(INT, STATE_CHANGES, changes);
        long at = STATE_FIRST_CHANGE;
        for (IndexState.Pending change : state.pending()) {
            target.set(LONG, at + CHANGE_DIGEST_HI, change.digestHi());
            target.set(LONG, at + CHANGE_DIGEST_LO, change.digestLo());
            target.set(LONG, at + CHANGE_HASH_BEFORE, change.hashBefore());
            target.set(LONG, at + CHANGE_HASH_AFTER, change.hashAfter());
            at += CHANGE_BYTES;
        }
        target.set(INT, STATE_CRC, stateCrc(target, 0, changes));
        file.write(offsetBytes + ((state.sequence() & 1) == 0 ? EVEN_STATE : ODD_STATE), target);
    }

    private @Nullable IndexState stateAt(long at) {
        long sequence = states.get(LONG, at + STATE_SEQUENCE);
        int changes = states.get(INT, at + STATE_CHANGES);
        if (sequence < 1 || (sequence & 1) != at / STATE_BYTES || changes < 0 || changes > MOST_CHANGES
                || states.get(INT, at + STATE_CRC) != stateCrc(states, at, changes)) {
            return null;
        }
        List<IndexState.Pending> pending = new ArrayList<>(changes);
        for (int change = 0; change < changes; change++) {
            long from = at + STATE_FIRST_CHANGE + (long) change * CHANGE_BYTES;
            pending.add(new IndexState.Pending(states.get(LONG, from + CHANGE_DIGEST_HI),
                    states.get(LONG, from + CHANGE_DIGEST_LO), states.get(LONG, from + CHANGE_HASH_BEFORE),
                    states.get(LONG, from + CHANGE_HASH_AFTER)));
        }
        return new IndexState(sequence, states.get(LONG, at + STATE_VERSION), states.get(LONG, at + STATE_ENTRIES),
                states.get(LONG, at + STATE_SUM), pending);
    }

    private static int stateCrc(MemorySegment memory, long at, int changes) {
        CRC32C crc = new CRC32C();
        crc.update(memory.asSlice(at, STATE_CRC).asByteBuffer());
        crc.update(memory.asSlice(at + STATE_FIRST_CHANGE, (long) changes * CHANGE_BYTES).asByteBuffer());
        return (int) crc.getValue();
    }

    /** Fills {@code target}; a file that ends before was cut off while it was in use. */
    static void readFully(StoreFile file, long offsetBytes, MemorySegment target) {
        long read = file.read(offsetBytes, target);
        if (read != target.byteSize()) {
            throw new IndexUnusable(IndexUnusable.Reason.FAULT, file.path(), "the file ends early: offset="
                    + offsetBytes + " expected=" + target.byteSize() + " actual=" + read);
        }
    }

    static int crc(MemorySegment memory, long offsetBytes, long lengthBytes) {
        CRC32C crc = new CRC32C();
        crc.update(memory.asSlice(offsetBytes, lengthBytes).asByteBuffer());
        return (int) crc.getValue();
    }
}
