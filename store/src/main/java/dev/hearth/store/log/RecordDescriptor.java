package dev.hearth.store.log;

/**
 * A record of the log, little-endian, at an offset that is a multiple of 8. A length of zero ends the file's records.
 *
 * <pre>
 * offset length
 *      0      4  lengthBytes        of the whole record: a multiple of 8, at most 1 MiB
 *      4      4  crc                CRC32C of the place (below) and bytes 8 to lengthBytes - 1
 *      8      4  previousCrc        crc of the record before, also across files; 0 in the first record of a store
 *     12      1  type               1 transaction
 *     13      1  flags              1: more parts of this transaction follow
 *     14      2  operationCount     at least 1
 *     16      8  version
 *     24      8  timestampMs        since 1970
 *     32         operations, see {@link OperationDescriptor}
 * </pre>
 *
 * The place is not stored; it goes into the checksum first, so that a record is valid only where it was written:
 *
 * <pre>
 * offset length
 *      0      8  uuidHi             identity of the store
 *      8      8  uuidLo
 *     16      4  fileNumber
 *     20      4  lengthBytes
 *     24      8  offset of the record in its file
 * </pre>
 *
 * A transaction is one record, or several parts of the same version one behind the other in one file, of which the
 * last, without the flag, commits them all.
 */
final class RecordDescriptor {
    static final int ALIGNMENT = 8;
    static final int MAX_BYTES = 1 << 20;
    static final int MAX_OPERATIONS = 0xFFFF;
    static final int TYPE_TRANSACTION = 1;
    static final int FLAG_MORE = 1;

    static final int LENGTH_OFFSET = 0;
    static final int CRC_OFFSET = LENGTH_OFFSET + 4;
    static final int PREVIOUS_CRC_OFFSET = CRC_OFFSET + 4;
    static final int TYPE_OFFSET = PREVIOUS_CRC_OFFSET + 4;
    static final int FLAGS_OFFSET = TYPE_OFFSET + 1;
    static final int OPERATION_COUNT_OFFSET = FLAGS_OFFSET + 1;
    static final int VERSION_OFFSET = OPERATION_COUNT_OFFSET + 2;
    static final int TIMESTAMP_OFFSET = VERSION_OFFSET + 8;
    static final int HEADER_BYTES = TIMESTAMP_OFFSET + 8;

    static final int PLACE_UUID_HI_OFFSET = 0;
    static final int PLACE_UUID_LO_OFFSET = PLACE_UUID_HI_OFFSET + 8;
    static final int PLACE_FILE_OFFSET = PLACE_UUID_LO_OFFSET + 8;
    static final int PLACE_LENGTH_OFFSET = PLACE_FILE_OFFSET + 4;
    static final int PLACE_OFFSET_OFFSET = PLACE_LENGTH_OFFSET + 4;
    static final int PLACE_BYTES = PLACE_OFFSET_OFFSET + 8;

    private RecordDescriptor() {}
}
