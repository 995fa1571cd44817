package dev.hearth.store.table;

/**
 * Layout of a namespace record, 1 KiB; the record of number n starts n KiB behind the first. Little-endian.
 *
 * <pre>
 * offset length
 *      0      8  ready word: the version that defined the namespace, stored last; 0 while there is none
 *      8      8  ended-at version, one of two
 *     16      8  ended-at version, the other
 *     24      4  number
 *     28      2  bytes of the name
 *     30      2  bytes of the revision
 *     32      2  bytes of the fingerprint
 *     34      2  zero
 *     36      4  CRC32C of the ready word and bytes 24 to 35 and 128 to 1,023
 *     40     24  zero
 *     64      8  entries of kind parameter
 *     72      8  entries of kind activation
 *     80      8  logical bytes of kind parameter
 *     88      8  logical bytes of kind activation
 *     96      8  stored bytes of kind parameter
 *    104      8  stored bytes of kind activation
 *    112     16  zero
 *    128    256  name, UTF-8, zero-filled
 *    384    256  revision, UTF-8, zero-filled
 *    640    384  fingerprint, UTF-8, zero-filled
 * </pre>
 *
 * Readers load the first line at every get; the totals, which every commit writes, are in the second.
 */
final class NamespaceDescriptor {
    static final int RECORDS = 4096;
    static final int RECORD_BYTES = 1024;

    static final int READY_OFFSET = 0;
    static final int ENDED_OFFSET = READY_OFFSET + 8;
    static final int OTHER_ENDED_OFFSET = ENDED_OFFSET + 8;
    static final int NUMBER_OFFSET = OTHER_ENDED_OFFSET + 8;
    static final int NAME_BYTES_OFFSET = NUMBER_OFFSET + 4;
    static final int REVISION_BYTES_OFFSET = NAME_BYTES_OFFSET + 2;
    static final int FINGERPRINT_BYTES_OFFSET = REVISION_BYTES_OFFSET + 2;
    static final int CRC_OFFSET = FINGERPRINT_BYTES_OFFSET + 4;
    static final int TOTALS_OFFSET = 64;
    static final int TOTALS_WORDS = 6;
    static final int NAME_OFFSET = TOTALS_OFFSET + 64;
    static final int MAX_NAME_BYTES = 255;
    static final int REVISION_OFFSET = NAME_OFFSET + 256;
    static final int MAX_REVISION_BYTES = 255;
    static final int FINGERPRINT_OFFSET = REVISION_OFFSET + 256;
    static final int MAX_FINGERPRINT_BYTES = RECORD_BYTES - FINGERPRINT_OFFSET;

    private NamespaceDescriptor() {}
}
