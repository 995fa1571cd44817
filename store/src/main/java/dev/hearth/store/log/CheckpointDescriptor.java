package dev.hearth.store.log;

import dev.hearth.store.entry.EntryLayout;

/**
 * A checkpoint: every entry and namespace of one version, little-endian.
 *
 * <pre>
 * offset length
 *      0   4096  header
 *   4096         namespaces, padded with zeros to a multiple of 4096
 *                blocks of 4096 bytes with entries, ascending by digest (unsigned), 51 in all blocks but the last
 *                footer of 32 bytes
 *
 * header
 *      0      8  magic              "HEARTHCP"
 *      8      4  format             2
 *     12      4  headerBytes        4096
 *     16      8  uuidHi             identity of the store
 *     24      8  uuidLo
 *     32      8  version            the last transaction that is in it; the number in the name, in hexadecimal
 *     40      8  epoch              upper 20 bits of version
 *     48      8  entryCount
 *     56      4  namespaceCount
 *     60      4  namespaceBytes     of the section, a multiple of 4096
 *     64      4  logFile            where replay goes on
 *     68      4  logChain           checksum of the record in front of that
 *     72      8  logOffset
 *     80      4  geometryBytes      at most 512
 *     84      4  zero
 *     88    512  geometry           zero behind its length
 *    600   3492  zero
 *   4092      4  CRC32C of bytes 0 to 4091
 *
 * namespace, ascending by number
 *      0      4  lengthBytes        a multiple of 8
 *      4      4  crc                CRC32C of the place (below) and bytes 8 to lengthBytes - 1
 *      8      4  number
 *     12      2  nameBytes
 *     14      2  revisionBytes
 *     16      2  fingerprintBytes; the three together at most 4,000
 *     18      6  zero
 *     24      8  definedVersion
 *     32      8  endedVersion
 *     40         name, revision, fingerprint in UTF-8, zeros to a multiple of 8
 *
 * block
 *      0      4  crc                CRC32C of the place (below) and bytes 4 to 4095
 *      4      4  entryCount         1 to 51
 *      8      8  blockNumber        from 0
 *     16   4080  entry descriptors of 80 bytes; zero behind the last
 *
 * footer
 *      0      8  magic              "HEARTHCE"
 *      8      8  entryCount
 *     16      4  totalCrc           CRC32C of the crc words of all namespaces and blocks, in order
 *     20      8  zero
 *     28      4  crc                CRC32C of bytes 0 to 27
 *
 * place, not stored: what a namespace or block is valid for
 *      0     16  uuid
 *     16      8  version
 *     24      8  offset in the file
 * </pre>
 */
final class CheckpointDescriptor {
    static final long MAGIC = 0x5043485452414548L;
    static final long FOOTER_MAGIC = 0x4543485452414548L;
    static final int FORMAT = 2;
    static final int HEADER_BYTES = 4096;
    static final int SECTION_ALIGNMENT = 4096;

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_OFFSET = MAGIC_OFFSET + 8;
    static final int HEADER_BYTES_OFFSET = FORMAT_OFFSET + 4;
    static final int UUID_HI_OFFSET = HEADER_BYTES_OFFSET + 4;
    static final int UUID_LO_OFFSET = UUID_HI_OFFSET + 8;
    static final int VERSION_OFFSET = UUID_LO_OFFSET + 8;
    static final int EPOCH_OFFSET = VERSION_OFFSET + 8;
    static final int ENTRY_COUNT_OFFSET = EPOCH_OFFSET + 8;
    static final int NAMESPACE_COUNT_OFFSET = ENTRY_COUNT_OFFSET + 8;
    static final int NAMESPACE_BYTES_OFFSET = NAMESPACE_COUNT_OFFSET + 4;
    static final int LOG_FILE_OFFSET = NAMESPACE_BYTES_OFFSET + 4;
    static final int LOG_CHAIN_OFFSET = LOG_FILE_OFFSET + 4;
    static final int LOG_OFFSET_OFFSET = LOG_CHAIN_OFFSET + 4;
    static final int GEOMETRY_BYTES_OFFSET = LOG_OFFSET_OFFSET + 8;
    static final int GEOMETRY_OFFSET = GEOMETRY_BYTES_OFFSET + 8;
    static final int GEOMETRY_END_OFFSET = GEOMETRY_OFFSET + LogFileDescriptor.MAX_GEOMETRY_BYTES;
    static final int CRC_OFFSET = HEADER_BYTES - 4;

    static final int NAMESPACE_LENGTH_OFFSET = 0;
    static final int NAMESPACE_CRC_OFFSET = NAMESPACE_LENGTH_OFFSET + 4;
    static final int NAMESPACE_NUMBER_OFFSET = NAMESPACE_CRC_OFFSET + 4;
    static final int NAME_BYTES_OFFSET = NAMESPACE_NUMBER_OFFSET + 4;
    static final int REVISION_BYTES_OFFSET = NAME_BYTES_OFFSET + 2;
    static final int FINGERPRINT_BYTES_OFFSET = REVISION_BYTES_OFFSET + 2;
    static final int DEFINED_VERSION_OFFSET = FINGERPRINT_BYTES_OFFSET + 8;
    static final int ENDED_VERSION_OFFSET = DEFINED_VERSION_OFFSET + 8;
    static final int TEXT_OFFSET = ENDED_VERSION_OFFSET + 8;
    static final int MAX_NAMESPACE_BYTES = TEXT_OFFSET + OperationDescriptor.MAX_TEXT_BYTES;
    /** More than a store can have. */
    static final int MAX_NAMESPACES = 1 << 16;

    static final int BLOCK_BYTES = 4096;
    static final int BLOCK_CRC_OFFSET = 0;
    static final int BLOCK_COUNT_OFFSET = BLOCK_CRC_OFFSET + 4;
    static final int BLOCK_NUMBER_OFFSET = BLOCK_COUNT_OFFSET + 4;
    static final int BLOCK_ENTRIES_OFFSET = BLOCK_NUMBER_OFFSET + 8;
    static final int BLOCK_ENTRIES = (BLOCK_BYTES - BLOCK_ENTRIES_OFFSET) / EntryLayout.BYTES;

    static final int FOOTER_MAGIC_OFFSET = 0;
    static final int FOOTER_ENTRY_COUNT_OFFSET = FOOTER_MAGIC_OFFSET + 8;
    static final int FOOTER_TOTAL_CRC_OFFSET = FOOTER_ENTRY_COUNT_OFFSET + 8;
    static final int FOOTER_CRC_OFFSET = FOOTER_TOTAL_CRC_OFFSET + 12;
    static final int FOOTER_BYTES = FOOTER_CRC_OFFSET + 4;

    private CheckpointDescriptor() {}

    /** Blocks that this many entries take. */
    static long blocks(long entryCount) {
        return Math.ceilDiv(entryCount, BLOCK_ENTRIES);
    }
}
