package dev.hearth.store.engine;

import dev.hearth.store.CopyReport;
import dev.hearth.store.HearthException;
import dev.hearth.store.Progress;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.LogCopy;
import dev.hearth.store.log.LogFollower;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogTransaction;
import dev.hearth.store.mark.Reservation;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.segment.DirectoryDescriptor;
import dev.hearth.store.segment.Run;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Copies a store that is in use into a directory that becomes a store as of one version. One thread, one use.
 *
 * <p>
 * <b>Why the copy is whole.</b> Bytes of an entry are written once, in front of its record, and stay until its segment
 * is released. At first the end of the log is noted. Then every segment that is there is copied, held meanwhile so that
 * it is not released. Whatever the log speaks of from the noted end on is copied entry by entry as it appears, each
 * while its segment is held; one whose segment is gone by then was ended by a record further on. At last, under the
 * writer lock, the version of the copy is chosen, and the segments of what the log then still has to say are held;
 * these few entries are copied behind the lock. So of an entry that is there at that version the bytes were copied
 * after they were complete: either with their segment, if its record is older than the beginning, or by themselves.
 * The log is copied up to the version; the rest is made from it when the copy is opened, as after a reboot.
 *
 * <p>
 * Writers wait for nothing but two holds of some microseconds; the hand passes over the segment that is being copied.
 */
final class StoreCopier {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int CHUNKS_BETWEEN_LOOKS = 4;
    private static final int ENTRIES_BETWEEN_LOOKS = 64;
    private static final int MAX_ATTEMPTS = 3;
    private static final int ROUNDS_BEFORE_THE_LAST = 3;
    private static final int MAX_LOG_ATTEMPTS = 20;
    private static final int MOST_WAITING = 4_000_000;
    private static final int LINE_BYTES = DirectoryDescriptor.LINE_BYTES;
    private static final long MARKED_NS = 10_000_000_000L;
    private static final long POLL_NS = 50_000;
    private final View view;
    private final Parts parts;
    private final Progress progress;

    /**
     * What is copied, and how it is kept where it is.
     *
     * @param segments  the segments of the data file
     * @param table     their words
     * @param holds     keep segments from being released
     * @param committer through which the writer lock is taken
     * @param state     the end of the log
     */
    record Parts(MarkSegments segments, SegmentTable table, Holds holds, Committer committer, MarkState state) {}

    StoreCopier(View view, Parts parts, Progress progress) {
        this.view = view;
        this.parts = parts;
        this.progress = progress;
    }

    /** The log was deleted faster than it was read. */
    private static final class FellBehind extends RuntimeException {
        private static final long serialVersionUID = 1;

        FellBehind() {
            super("fell behind the log", null, false, false);
        }
    }

    CopyReport copyTo(Path path) {
        for (int attempt = 1;; attempt++) {
            try (CopyTarget target = CopyTarget.create(path, view.path(), view.geometry());
                    Arena arena = Arena.ofConfined()) {
                return new Pass(target, arena.allocate(CHUNK_BYTES, 4096)).run();
            } catch (FellBehind e) {
                if (attempt == MAX_ATTEMPTS) {
                    throw new HearthException.Busy("the log is written faster than the store can be copied: attempts="
                            + attempt);
                }
            }
        }
    }

    /** What the copy is as of. */
    private record End(LogTail tail, long entries) {}

    /** A segment that is held. */
    private record Held(int segment, long generation, int stripe) {}

    /** One attempt. */
    private final class Pass {
        private final CopyTarget target;
        private final MemorySegment chunk;
        private final Deque<EntryDescriptor> waiting = new ArrayDeque<>();
        private final long totalBytes = reservedBytes();
        private long copiedBytes;

        Pass(CopyTarget target, MemorySegment chunk) {
            this.target = target;
            this.chunk = chunk;
        }

        CopyReport run() {
            long[] begin = {0};
            parts.committer.underLock(() -> begin[0] = parts.state.tail().lastVersion());
            try (LogFollower follower = view.follow(begin[0] + 1)) {
                for (int segment = 0; segment < parts.segments.count(); segment++) {
                    copySegment(segment, follower);
                }
                for (int round = 0; round < ROUNDS_BEFORE_THE_LAST; round++) {
                    catchUp(follower);
                }
                return finish(follower);
            }
        }

        private CopyReport finish(LogFollower follower) {
            for (int attempt = 0; attempt < MAX_LOG_ATTEMPTS; attempt++) {
                try (LogCopy log = LogCopy.open(view.logFiles(), view.settings())) {
                    End end = choose(follower, log);
                    if (end != null) {
                        return new CopyReport(end.tail.lastVersion(), end.entries, copiedBytes,
                                target.finish(files -> log.writeTo(files, end.tail)));
                    }
                }
            }
            throw new FellBehind();
        }

        /** Chooses the version and copies what is still missing; null if the log was deleted under that. */
        private @Nullable End choose(LogFollower follower, LogCopy log) {
            List<Held> held = new ArrayList<>();
            List<End> chosen = new ArrayList<>();
            try {
                parts.committer.underLock(() -> {
                    LogTail tail = parts.state.tail();
                    if (log.reach(tail)) {
                        look(follower, tail.lastVersion());
                        waiting.removeIf(entry -> !isHeld(entry, held));
                        chosen.add(new End(tail, view.table().totals().entries()));
                    }
                });
                if (chosen.isEmpty()) {
                    return null;
                }
                waiting.forEach(this::copyEntry);
                waiting.clear();
                return chosen.getFirst();
            } finally {
                held.forEach(one -> parts.holds.release(one.segment, one.stripe));
            }
        }

        /** Holds the segment of an entry, unless it is held; false if it is gone. */
        private boolean isHeld(EntryDescriptor entry, List<Held> held) {
            for (Held one : held) {
                if (one.segment == entry.segment()) {
                    return one.generation == entry.generation();
                }
            }
            int stripe = hold(entry.segment(), entry.generation());
            if (stripe >= 0) {
                held.add(new Held(entry.segment(), entry.generation(), stripe));
            }
            return stripe >= 0;
        }

        private void copySegment(int segment, LogFollower follower) {
            long generation = parts.table.generation(segment);
            int stripe = hold(segment, generation);
            if (stripe < 0) {
                return; // What comes to lie there is told by the log.
            }
            try {
                Run run = run(segment, generation);
                target.enter(run);
                long reservation = parts.table.reservation(segment);
                long bytes = run.segments() * view.geometry().segmentBytes();
                long start = segment * view.geometry().segmentBytes();
                long lines = Math.min(bytes, Reservation.directoryCount(reservation) * (long) LINE_BYTES);
                long extents =
                        Math.min(bytes - lines, Reservation.offsetUnits(reservation) * EntryDescriptor.UNIT_BYTES);
                copyRange(start, start + extents, follower);
                copyRange(start + bytes - lines, start + bytes, follower);
            } finally {
                parts.holds.release(segment, stripe);
            }
        }

        private Run run(int segment, long generation) {
            return new Run(segment, parts.segments.runSegments(segment), generation, parts.segments.kind(segment));
        }

        private void copyRange(long from, long to, LogFollower follower) {
            int chunks = 0;
            for (long at = from; at < to; at += CHUNK_BYTES) {
                MemorySegment piece = chunk.asSlice(0, Math.min(CHUNK_BYTES, to - at));
                view.data().copy(at, piece, 0, piece.byteSize());
                target.write(at, piece);
                copiedBytes += piece.byteSize();
                progress.at(Math.min(copiedBytes, totalBytes), totalBytes);
                // The log is read while it is there.
                if (++chunks % CHUNKS_BETWEEN_LOOKS == 0) {
                    look(follower, view.lastApplied().getAsLong());
                }
            }
        }

        /** Reads on in the log and notes what has to be copied. */
        private void look(LogFollower follower, long through) {
            for (LogTransaction next = follower.next(through); next != null; next = follower.next(through)) {
                for (LogOperation operation : next.operations()) {
                    switch (operation) {
                        case LogOperation.Put put -> waiting.add(put.entry().withVersion(next.version()));
                        case LogOperation.Relocate relocate -> waiting.add(relocate.entry());
                        default -> {
                        }
                    }
                }
            }
            if (follower.behind()) {
                throw new FellBehind();
            }
        }

        private void catchUp(LogFollower follower) {
            int copied = 0;
            look(follower, view.lastApplied().getAsLong());
            for (EntryDescriptor entry = waiting.poll(); entry != null; entry = waiting.poll()) {
                int stripe = hold(entry.segment(), entry.generation());
                if (stripe >= 0) {
                    try {
                        copyEntry(entry);
                    } finally {
                        parts.holds.release(entry.segment(), stripe);
                    }
                }
                if (++copied % ENTRIES_BETWEEN_LOOKS == 0) {
                    look(follower, view.lastApplied().getAsLong());
                }
                if (waiting.size() > MOST_WAITING) {
                    throw new FellBehind();
                }
            }
        }

        /** Of an entry whose segment is held. */
        private void copyEntry(EntryDescriptor entry) {
            Run run = run(entry.segment(), entry.generation());
            target.enter(run);
            long start = entry.segment() * view.geometry().segmentBytes() + entry.offsetBytes();
            for (long at = start; at < start + entry.extentBytes(); at += CHUNK_BYTES) {
                MemorySegment piece = chunk.asSlice(0, Math.min(CHUNK_BYTES, start + entry.extentBytes() - at));
                view.data().copy(at, piece, 0, piece.byteSize());
                target.write(at, piece);
                copiedBytes += piece.byteSize();
            }
            target.writeLine(entry, run.segments());
        }

        /** Holds a segment; negative if it is not in this generation any more, or holds nothing. */
        private int hold(int segment, long generation) {
            long startNs = System.nanoTime();
            int stripe = parts.holds.acquire(segment, generation);
            while (stripe == Holds.MARKED) {
                if (System.nanoTime() - startNs > MARKED_NS) {
                    throw new HearthException.Busy("a segment is about to be released, and is not: segment=" + segment);
                }
                LockSupport.parkNanos(this, POLL_NS);
                stripe = parts.holds.acquire(segment, generation);
            }
            return stripe;
        }
    }

    private long reservedBytes() {
        long units = 0;
        for (int segment = 0; segment < parts.segments.count(); segment++) {
            units += parts.table.state(segment).isReadable()
                    ? Reservation.offsetUnits(parts.table.reservation(segment))
                    : 0;
        }
        return units * EntryDescriptor.UNIT_BYTES;
    }
}
