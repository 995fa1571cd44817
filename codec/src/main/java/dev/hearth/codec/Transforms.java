package dev.hearth.codec;

/**
 * The implementations of the transforms that this JVM runs.
 *
 * @param name as shown to users: {@code vector-512}, or {@code plain}
 * @param interleave planes to elements and back
 * @param fixedWidth codes to bytes
 * @param bitPlanes bit planes to bytes and back
 * @param symbolJoiner symbols to codes joined by fours
 */
record Transforms(String name, Interleave interleave, FixedWidth fixedWidth, BitPlanes bitPlanes,
        SymbolJoiner symbolJoiner) {
    /** Set to {@code plain} to leave the Vector API alone where it is present. */
    static final String PROPERTY = "hearth.codec.transforms";

    static final Transforms PLAIN =
            new Transforms("plain", new PlainInterleave(), new PlainFixedWidth(CpuFeatures.hasWordExpand()),
                    new PlainBitPlanes(),
                    new PlainSymbolJoiner());

    static final Transforms BEST = choose();

    // The incubating module is there only if the launcher was told so; then one class is loaded by name, and through it
    // all that link to the module. Without it no class of this path is ever loaded.
    private static Transforms choose() {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        if (!present || "plain".equals(System.getProperty(PROPERTY))) {
            return PLAIN;
        }
        try {
            Object vectors = Class.forName("dev.hearth.codec.VectorTransforms")
                    .getDeclaredMethod("create")
                    .invoke(null);
            return vectors instanceof Transforms transforms ? transforms : PLAIN;
        } catch (ReflectiveOperationException | LinkageError e) {
            return PLAIN;
        }
    }
}
