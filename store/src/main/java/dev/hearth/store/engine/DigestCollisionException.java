package dev.hearth.store.engine;

import dev.hearth.store.Keys;

/** Two keys of one namespace have the same 128-bit digest, and the entry of the other one is not replaced. */
final class DigestCollisionException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    DigestCollisionException(byte[] key) {
        super("another key has the same digest: key=" + Keys.display(key));
    }
}
