package dev.hearth.store.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** A change here is a change of the format. */
final class FramesDescriptorTest {
    @Test
    void header_offsets_arePinned() {
        assertEquals("HEARTHFR", new String(java.nio.ByteBuffer.allocate(8).order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putLong(FramesDescriptor.MAGIC_VALUE).array(), java.nio.charset.StandardCharsets.US_ASCII));
        assertEquals(0, FramesDescriptor.MAGIC);
        assertEquals(8, FramesDescriptor.FORMAT);
        assertEquals(12, FramesDescriptor.LENGTH);
        assertEquals(16, FramesDescriptor.UUID_HI);
        assertEquals(24, FramesDescriptor.UUID_LO);
        assertEquals(32, FramesDescriptor.DEVICE);
        assertEquals(40, FramesDescriptor.INODE);
        assertEquals(48, FramesDescriptor.NONCE);
        assertEquals(56, FramesDescriptor.FRAME_BYTES);
        assertEquals(64, FramesDescriptor.FILE_BYTES);
        assertEquals(72, FramesDescriptor.PAGE_BYTES);
        assertEquals(76, FramesDescriptor.SLOT_COUNT);
        assertEquals(80, FramesDescriptor.HOLD_STRIPES);
        assertEquals(84, FramesDescriptor.WAYS);
        assertEquals(124, FramesDescriptor.CRC);
        assertEquals(128, FramesDescriptor.HEADER_BYTES);
        assertEquals(1, FramesDescriptor.FORMAT_VERSION);
    }

    @Test
    void set_offsets_arePinned() {
        assertEquals(0, FramesDescriptor.TAGS);
        assertEquals(32, FramesDescriptor.REFERENCED);
        assertEquals(48, FramesDescriptor.HAND);
        assertEquals(64, FramesDescriptor.SET_HEADER_BYTES);
        assertEquals(0, FramesDescriptor.WORD);
        assertEquals(8, FramesDescriptor.SEQUENCE);
        assertEquals(16, FramesDescriptor.DIGEST_HI);
        assertEquals(24, FramesDescriptor.DIGEST_LO);
        assertEquals(32, FramesDescriptor.VERSION);
        assertEquals(40, FramesDescriptor.PAGE);
        assertEquals(48, FramesDescriptor.LENGTH_BYTES);
        assertEquals(52, FramesDescriptor.PAGE_CRC);
        assertEquals(64, FramesDescriptor.WAY_BYTES);
        assertEquals(16, FramesDescriptor.MOST_WAYS);
    }

    @Test
    void word_kinds_arePinned() {
        assertEquals(0x8000_0000_0000_0005L, FrameWord.ready(5));
        assertEquals(0x6000_0C02_0000_0007L, FrameWord.claim(FrameWord.DECODING, 2L << 32 | 7, 3));
        assertEquals(2L << 32 | 7, FrameWord.claimer(0x6000_0C02_0000_0007L));
        assertEquals(0x4000_0C02_0000_0007L, FrameWord.withKind(0x6000_0C02_0000_0007L, FrameWord.ANNOUNCED));
        assertEquals(1023L << 32 | 0xFFFF_FFFFL,
                FrameWord.claimer(FrameWord.claim(FrameWord.CLAIMING, 1023L << 32 | 0xFFFF_FFFFL, -1)));
        assertEquals(0, FrameWord.claimer(0x8000_0000_0000_0005L), "a page is nobody's");
        assertEquals(0, FrameWord.claimer(0xA000_0000_0000_0005L), "damage is nobody's");
        assertEquals(1, FrameWord.next((1L << 61) - 1), "a way that was filled never counts as unused");
    }
}
