package dev.hearth.store.counters;

/** Numbers of the store as a whole, set by whoever holds the writer lock; zero in a new file until somebody does. */
public enum StoreGauge {
    /** Entries that are visible. */
    ENTRIES("entries"),
    /** Bytes of their values. */
    LOGICAL_BYTES("logicalBytes"),
    /** Bytes they take in the store. */
    STORED_BYTES("storedBytes");

    private final String label;

    StoreGauge(String label) {
        this.label = label;
    }

    /** Its name in labels and in JSON. */
    public String label() {
        return label;
    }
}
