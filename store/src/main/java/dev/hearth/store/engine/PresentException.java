package dev.hearth.store.engine;

/** A put that was to happen only if there is no entry met one. Told within the engine only, so it knows no stack. */
final class PresentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PresentException(long version) {
        super("there is an entry: version=" + Long.toUnsignedString(version), null, false, false);
    }
}
