package dev.hearth.store.log;

import java.util.zip.CRC32C;

/** The checksum of the checksums of a checkpoint's parts: finds parts that are missing or of another writing. */
final class TotalCrc {
    private final CRC32C crc = new CRC32C();

    void add(int part) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            crc.update(part >>> shift);
        }
    }

    int value() {
        return (int) crc.getValue();
    }
}
