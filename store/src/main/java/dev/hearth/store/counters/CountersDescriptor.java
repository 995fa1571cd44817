package dev.hearth.store.counters;

/**
 * The header of the counters file. Little-endian.
 *
 * <pre>
 * offset length
 *      0      8  magic             "HRTHCNTR"
 *      8      4  format            1
 *     12      4  slotCount
 *     16      4  countersPerSlot   stripes included
 *     20      4  errorBytes        of one error log
 *     24      8  metadataOffset
 *     32      8  valuesOffset
 *     40      8  errorsOffset
 *     48      8  fileBytes
 *     56      4  CRC32C of the labels and stripes of the counters, in order
 *     60   4032  zero
 *   4092      4  CRC32C of bytes 0 to 4091
 * </pre>
 *
 * <p>
 * Behind it lie the counters' metadata (512 bytes each) and values (128 bytes each), as Agrona's {@code
 * CountersReader} reads them, and the error logs, as its {@code ErrorLogReader} does. Counters have fixed ids: those
 * of slot 0, those of slot 1 and so on, at the end those of the whole store. Each slot has two error logs, which its
 * tenants use in turn, so that the errors of one that died can still be read when the next has come.
 */
final class CountersDescriptor {
    /** "HRTHCNTR" read as a little-endian number. */
    static final long MAGIC_VALUE = 0x52544E4348545248L;
    static final int FORMAT_VERSION = 1;
    static final int ERROR_LOGS_PER_SLOT = 2;

    static final int MAGIC = 0;
    static final int FORMAT = MAGIC + 8;
    static final int SLOT_COUNT = FORMAT + 4;
    static final int COUNTERS_PER_SLOT = SLOT_COUNT + 4;
    static final int ERROR_BYTES = COUNTERS_PER_SLOT + 4;
    static final int METADATA_OFFSET = ERROR_BYTES + 4;
    static final int VALUES_OFFSET = METADATA_OFFSET + 8;
    static final int ERRORS_OFFSET = VALUES_OFFSET + 8;
    static final int FILE_BYTES = ERRORS_OFFSET + 8;
    static final int LABELS_CRC = FILE_BYTES + 8;
    static final int ZERO = LABELS_CRC + 4;
    static final int CRC = ZERO + 4032;
    static final int BYTES = CRC + 4;

    private CountersDescriptor() {}
}
