package dev.hearth.store.mark;

/** Something that is done under the writer lock only, by two attachments of this process to one mark. */
public final class StressWriters {
    private static final WriterLock[] LOCKS = {lock(0), lock(1)};
    private static final long LIMIT_MS = 60_000;
    private volatile int done;

    private static WriterLock lock(int number) {
        StressAttachment attachment = StressAttachment.of(number);
        return new WriterLock(attachment.mark().words(), attachment.slots(), attachment.slot());
    }

    /** Does it through one of the attachments; returns whether the holder before seemed to have died. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // That is the test.
    public boolean write(int attachment) {
        boolean redo = LOCKS[attachment].acquire(LIMIT_MS);
        done++;
        LOCKS[attachment].release();
        return redo;
    }

    /** How often it was done, as long as nobody did it beside another. */
    public int count() {
        return done;
    }
}
