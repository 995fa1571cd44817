package dev.hearth.tools.model;

/** A pair of texts in an ONNX model, {@code StringStringEntryProto}. */
record OnnxEntry(String key, String value) {
    private static final int KEY = 1;
    private static final int VALUE = 2;

    static OnnxEntry read(MappedFile file, ProtoReader message) throws ModelFormatException {
        String key = "";
        String value = "";
        long offset = message.position();
        while (message.next()) {
            switch (message.field()) {
                case KEY -> key = message.string("key", Limits.MAX_NAME_BYTES);
                case VALUE -> value = message.string("value", Limits.MAX_METADATA_BYTES);
                default -> message.skip();
            }
        }
        if (key.isEmpty()) {
            throw file.error("StringStringEntryProto.key", offset, "an entry without a key");
        }
        return new OnnxEntry(key, value);
    }

    /** The pair as a message. */
    ProtoWriter write() {
        return new ProtoWriter().string(KEY, key).string(VALUE, value);
    }
}
