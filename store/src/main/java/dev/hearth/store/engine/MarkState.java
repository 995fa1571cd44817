package dev.hearth.store.engine;

import dev.hearth.store.log.LogTail;
import dev.hearth.store.mark.Epochs;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.MarkWords;

/** What of a commit the mark file has: the newest visible version and the end of the log. */
final class MarkState implements Applier.AppliedVersion {
    private final MarkWords words;

    MarkState(MarkWords words) {
        this.words = words;
    }

    @Override
    public long get() {
        return words.get(MarkWord.LAST_APPLIED);
    }

    @Override
    public void set(long version) {
        words.set(MarkWord.LAST_APPLIED, version);
    }

    /** The end of the log; whole only if the last holder of the writer lock finished. */
    LogTail tail() {
        return new LogTail((int) words.get(MarkWord.LOG_FILE), words.get(MarkWord.LOG_OFFSET),
                (int) words.get(MarkWord.LOG_CHAIN), get());
    }

    void setTail(LogTail tail) {
        words.set(MarkWord.LOG_FILE, tail.file());
        words.set(MarkWord.LOG_OFFSET, tail.offsetBytes());
        words.set(MarkWord.LOG_CHAIN, tail.chain());
    }

    /** The generation behind this one. */
    long nextGeneration(long generation) {
        return Epochs.next(generation, words.get(MarkWord.EPOCH));
    }

    long nextVersion(LogTail tail) {
        return Epochs.next(tail.lastVersion(), words.get(MarkWord.EPOCH));
    }
}
