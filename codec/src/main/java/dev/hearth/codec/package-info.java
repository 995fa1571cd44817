/**
 * Page codecs, transforms and checksums: bytes in, bytes out, from memory segment to memory segment.
 *
 * <p>Nothing here knows of stores, keys or files. Everything works on private memory only: a fault in mapped file
 * memory would kill the JVM inside a checksum or native call.
 */
@NullMarked
package dev.hearth.codec;

import org.jspecify.annotations.NullMarked;
