package dev.hearth.store.log;

import dev.hearth.store.entry.EntryLayout;
import java.lang.foreign.MemorySegment;

/**
 * The operations in a record, little-endian, each a multiple of 8 bytes long, padded with zeros.
 *
 * <pre>
 * offset length
 *      0      1  type
 *      1      1  zero
 *      2      2  lengthBytes        of the whole operation
 *      4      4  argument
 *
 * type 1 PUT                argument: length of the key, 1 to 1,024
 *      8     80  entry descriptor, see {@link EntryLayout}
 *     88         key
 * type 2 REMOVE             argument: length of the key, 1 to 1,024
 *      8      8  digestHi
 *     16      8  digestLo
 *     24      4  namespace
 *     28      4  zero
 *     32         key
 * type 3 DEFINE_NAMESPACE   argument: number
 *      8      2  nameBytes
 *     10      2  revisionBytes
 *     12      2  fingerprintBytes; the three together at most 4,000
 *     14      2  zero
 *     16         name, revision, fingerprint in UTF-8
 * type 4 END_NAMESPACE      argument: number
 * type 5 RELEASE_SEGMENT    argument: segment
 *      8      8  generation
 * type 6 RELOCATE           argument: zero
 *      8     80  entry descriptor with the new place and the old version
 * type 7 EVICT              argument: namespace
 *      8      8  digestHi
 *     16      8  digestLo
 * type 8 SYNC_MARK          argument: how many versions directly in front of it came too late for it
 * </pre>
 */
final class OperationDescriptor {
    static final int PUT = 1;
    static final int REMOVE = 2;
    static final int DEFINE_NAMESPACE = 3;
    static final int END_NAMESPACE = 4;
    static final int RELEASE_SEGMENT = 5;
    static final int RELOCATE = 6;
    static final int EVICT = 7;
    static final int SYNC_MARK = 8;

    static final int ALIGNMENT = 8;
    static final int MAX_KEY_BYTES = 1024;
    static final int MAX_TEXT_BYTES = 4000;

    static final int TYPE_OFFSET = 0;
    static final int ZERO_OFFSET = TYPE_OFFSET + 1;
    static final int LENGTH_OFFSET = ZERO_OFFSET + 1;
    static final int ARGUMENT_OFFSET = LENGTH_OFFSET + 2;
    static final int HEADER_BYTES = ARGUMENT_OFFSET + 4;

    static final int ENTRY_OFFSET = HEADER_BYTES;
    static final int PUT_KEY_OFFSET = ENTRY_OFFSET + EntryLayout.BYTES;
    static final int RELOCATE_BYTES = ENTRY_OFFSET + EntryLayout.BYTES;

    static final int DIGEST_HI_OFFSET = HEADER_BYTES;
    static final int DIGEST_LO_OFFSET = DIGEST_HI_OFFSET + 8;
    static final int EVICT_BYTES = DIGEST_LO_OFFSET + 8;
    static final int REMOVE_NAMESPACE_OFFSET = DIGEST_LO_OFFSET + 8;
    static final int REMOVE_KEY_OFFSET = REMOVE_NAMESPACE_OFFSET + 8;

    static final int NAME_BYTES_OFFSET = HEADER_BYTES;
    static final int REVISION_BYTES_OFFSET = NAME_BYTES_OFFSET + 2;
    static final int FINGERPRINT_BYTES_OFFSET = REVISION_BYTES_OFFSET + 2;
    static final int TEXT_OFFSET = FINGERPRINT_BYTES_OFFSET + 4;

    static final int GENERATION_OFFSET = HEADER_BYTES;
    static final int RELEASE_BYTES = GENERATION_OFFSET + 8;

    private OperationDescriptor() {}

    static int putBytes(long keyBytes) {
        return (int) Bytes.align(PUT_KEY_OFFSET + keyBytes, ALIGNMENT);
    }

    static int removeBytes(long keyBytes) {
        return (int) Bytes.align(REMOVE_KEY_OFFSET + keyBytes, ALIGNMENT);
    }

    static int defineBytes(int textBytes) {
        return (int) Bytes.align(TEXT_OFFSET + textBytes, ALIGNMENT);
    }

    static void checkKey(MemorySegment key) {
        if (key.byteSize() < 1 || key.byteSize() > MAX_KEY_BYTES) {
            throw new IllegalArgumentException("keyBytes=" + key.byteSize());
        }
    }
}
