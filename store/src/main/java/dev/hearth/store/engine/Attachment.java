package dev.hearth.store.engine;

import dev.hearth.store.ProcessInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.SegmentInfo;
import dev.hearth.store.StoreStats;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store as one process has it open. Any thread. */
interface Attachment extends AutoCloseable {
    /** What can be read. */
    View view();

    /** Where the store is. */
    Path path();

    /** How it is changed; null for an attachment that does not. */
    @Nullable
    Writes writes();

    /** How absent values are computed; null for an attachment that writes nothing. */
    @Nullable
    Memoizer memoizer();

    /** What its leases hold; null for an attachment that copies instead. */
    @Nullable
    Holds holds();

    /** Device and inode of the mark file; null if nobody can share this attachment. */
    Attachments.@Nullable Identity identity();

    /** The state of the store. */
    StoreStats stats();

    /** The process slots that are or were taken. */
    List<ProcessInfo> processes();

    /** Checks everything and repairs what can be; null for an attachment that writes nothing. */
    @Nullable
    Repairer repairer();

    /** What is in the segments of the data file. */
    List<SegmentInfo> segments();

    /** Copies the store; null for an attachment that writes nothing, and so holds nothing. */
    @Nullable
    StoreCopier copier(Progress progress);

    /** Returns when everything that is visible now is durable; what only reads cannot. */
    default void sync() {
        throw new IllegalStateException("access=" + dev.hearth.store.HearthOptions.Access.READ_ONLY);
    }

    @Override
    void close();
}
