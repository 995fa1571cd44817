package dev.hearth.tools.inference;

/** The ways in which a process of the demo comes to its model. */
public enum SessionKind {
    /** The runtime's default: it reads the model file and repacks weights into the order its kernels like best. */
    DEFAULT("model file, default options", true),
    /** It reads the model file and uses weights as they are, from memory of its own. */
    COPIES("model file, no repacking", false),
    /** It uses weights as they are, where they lie in the store. */
    LEASES("leased from the store, no repacking", false),
    /** It maps a file into which it wrote repacked weights before: its own way of sharing. */
    PREPACKED("its own repacked file, mapped", true);

    private final String title;
    private final boolean repacks;

    SessionKind(String title, boolean repacks) {
        this.title = title;
        this.repacks = repacks;
    }

    /** What a person reads. */
    public String title() {
        return title;
    }

    /** Whether kernels work on repacked weights: that changes the order of additions, and so the last bits. */
    public boolean repacks() {
        return repacks;
    }
}
