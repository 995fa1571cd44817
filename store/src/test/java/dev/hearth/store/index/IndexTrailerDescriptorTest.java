package dev.hearth.store.index;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class IndexTrailerDescriptorTest {
    @Test
    void identity_offsets_areFixed() {
        assertEquals("HEARTHIX", StandardCharsets.US_ASCII.decode(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN).putLong(0, IndexTrailerDescriptor.MAGIC)).toString());
        assertEquals(3, IndexTrailerDescriptor.FORMAT);
        assertEquals(0, IndexTrailerDescriptor.MAGIC_OFFSET);
        assertEquals(8, IndexTrailerDescriptor.FORMAT_OFFSET);
        assertEquals(16, IndexTrailerDescriptor.STORE_ID);
        assertEquals(32, IndexTrailerDescriptor.GENERATION);
        assertEquals(40, IndexTrailerDescriptor.MAX_ENTRIES);
        assertEquals(48, IndexTrailerDescriptor.HEAD_BYTES);
        assertEquals(56, IndexTrailerDescriptor.SEGMENTS);
        assertEquals(60, IndexTrailerDescriptor.SEGMENT_HEADER_BYTES);
        assertEquals(64, IndexTrailerDescriptor.TIER_BYTES);
        assertEquals(72, IndexTrailerDescriptor.SLOTS);
        assertEquals(80, IndexTrailerDescriptor.SLOT_BYTES);
        assertEquals(84, IndexTrailerDescriptor.KEY_BITS);
        assertEquals(88, IndexTrailerDescriptor.VALUE_BITS);
        assertEquals(96, IndexTrailerDescriptor.LOOKUP_BYTES);
        assertEquals(104, IndexTrailerDescriptor.FREE_LIST_BYTES);
        assertEquals(112, IndexTrailerDescriptor.CHUNKS);
        assertEquals(120, IndexTrailerDescriptor.HEAD_CRC);
        assertEquals(252, IndexTrailerDescriptor.CRC);
        assertEquals(256, IndexTrailerDescriptor.EVEN_STATE);
        assertEquals(2176, IndexTrailerDescriptor.ODD_STATE);
        assertEquals(4096, IndexTrailerDescriptor.BYTES);
    }

    @Test
    void state_offsets_areFixed() {
        assertEquals(0, IndexTrailerDescriptor.STATE_SEQUENCE);
        assertEquals(8, IndexTrailerDescriptor.STATE_VERSION);
        assertEquals(16, IndexTrailerDescriptor.STATE_ENTRIES);
        assertEquals(24, IndexTrailerDescriptor.STATE_SUM);
        assertEquals(32, IndexTrailerDescriptor.STATE_CHANGES);
        assertEquals(124, IndexTrailerDescriptor.STATE_CRC);
        assertEquals(128, IndexTrailerDescriptor.STATE_FIRST_CHANGE);
        assertEquals(1920, IndexTrailerDescriptor.STATE_BYTES);
        assertEquals(0, IndexTrailerDescriptor.CHANGE_DIGEST_HI);
        assertEquals(8, IndexTrailerDescriptor.CHANGE_DIGEST_LO);
        assertEquals(16, IndexTrailerDescriptor.CHANGE_HASH_BEFORE);
        assertEquals(24, IndexTrailerDescriptor.CHANGE_HASH_AFTER);
        assertEquals(32, IndexTrailerDescriptor.CHANGE_BYTES);
        assertEquals(56, IndexTrailerDescriptor.MOST_CHANGES);
    }

    /** What Chronicle Map derives from the number of entries: a change of its layout is a change of the format. */
    @Test
    void geometry_ofOneMillion_isFixed() {
        assertEquals(new IndexGeometry(1_000_000, 8192, 128, 64, 876224, 16384, 4, 18, 14, 65536, 1088, 8432),
                ChronicleEntries.geometry(1_000_000));
    }
}
