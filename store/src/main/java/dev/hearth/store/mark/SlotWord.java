package dev.hearth.store.mark;

/** A claim on something shared: who (the slot), and which of its tenants (the tenancy), in one word; 0 is nobody. */
public final class SlotWord {
    private SlotWord() {}

    /** The word of a tenant; tenancies start at 1. */
    public static long of(int slot, int tenancy) {
        if (slot < 0 || tenancy == 0) {
            throw new IllegalArgumentException("slot=" + slot + " tenancy=" + tenancy);
        }
        return (long) slot << 32 | Integer.toUnsignedLong(tenancy);
    }

    /** The slot of a word. */
    public static int slot(long word) {
        return (int) (word >>> 32);
    }

    /** The tenancy of a word. */
    public static int tenancy(long word) {
        return (int) word;
    }

    /** For messages. */
    public static String text(long word) {
        return word == 0 ? "nobody" : "slot " + slot(word) + " tenancy " + Integer.toUnsignedString(tenancy(word));
    }
}
