package dev.hearth.codec;

/** Thrown when encoded bytes cannot be what an encoder wrote: a wrong length, an impossible table, an unknown codec. */
public final class CodecException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CodecException(String message) {
        super(message);
    }

    public CodecException(String message, Throwable cause) {
        super(message, cause);
    }
}
