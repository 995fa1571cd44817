package dev.hearth.store.log;

/**
 * The header of a log file: one block of 4 KiB, little-endian. Records follow it back to back; what is behind them is
 * zero.
 *
 * <pre>
 * offset length
 *      0      8  magic              "HEARTHLG"
 *      8      4  format             2
 *     12      4  headerBytes        4096
 *     16      8  uuidHi             identity of the store
 *     24      8  uuidLo
 *     32      4  fileNumber         from 1; the number in the name
 *     36      4  chain              checksum of the last record of the file before; 0 in the first file
 *     40      8  epoch              upper 20 bits of firstVersion
 *     48      8  firstVersion       version of the first transaction in the file
 *     56      8  versionBefore      version of the last transaction of the file before; 0 in the first file
 *     64      8  fileBytes          length of the file
 *     72      4  geometryBytes      at most 512
 *     76      4  zero
 *     80    512  geometry           opaque to the log; zero behind its length
 *    592   3500  zero
 *   4092      4  CRC32C of bytes 0 to 4091
 * </pre>
 */
final class LogFileDescriptor {
    static final long MAGIC = 0x474C485452414548L;
    static final int FORMAT = 2;
    static final int HEADER_BYTES = 4096;
    static final int MAX_GEOMETRY_BYTES = 512;

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_OFFSET = MAGIC_OFFSET + 8;
    static final int HEADER_BYTES_OFFSET = FORMAT_OFFSET + 4;
    static final int UUID_HI_OFFSET = HEADER_BYTES_OFFSET + 4;
    static final int UUID_LO_OFFSET = UUID_HI_OFFSET + 8;
    static final int FILE_NUMBER_OFFSET = UUID_LO_OFFSET + 8;
    static final int CHAIN_OFFSET = FILE_NUMBER_OFFSET + 4;
    static final int EPOCH_OFFSET = CHAIN_OFFSET + 4;
    static final int FIRST_VERSION_OFFSET = EPOCH_OFFSET + 8;
    static final int VERSION_BEFORE_OFFSET = FIRST_VERSION_OFFSET + 8;
    static final int FILE_BYTES_OFFSET = VERSION_BEFORE_OFFSET + 8;
    static final int GEOMETRY_BYTES_OFFSET = FILE_BYTES_OFFSET + 8;
    static final int GEOMETRY_OFFSET = GEOMETRY_BYTES_OFFSET + 8;
    static final int GEOMETRY_END_OFFSET = GEOMETRY_OFFSET + MAX_GEOMETRY_BYTES;
    static final int CRC_OFFSET = HEADER_BYTES - 4;

    private LogFileDescriptor() {}
}
