package dev.hearth.tools.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.LongConsumer;

/** SHA-256 of files, in constant memory. */
final class Sha256 {
    private Sha256() {}

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Adds a file's bytes. */
    static void update(MessageDigest digest, Path file) throws IOException {
        update(digest, file, _ -> {});
    }

    /** Adds a file's bytes, tells after each step how many were read, and returns their number. */
    static long update(MessageDigest digest, Path file, LongConsumer doneBytes) throws IOException {
        byte[] chunk = new byte[Limits.CHUNK_BYTES];
        long done = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                digest.update(chunk, 0, count);
                done += count;
                doneBytes.accept(done);
            }
        }
        return done;
    }
}
