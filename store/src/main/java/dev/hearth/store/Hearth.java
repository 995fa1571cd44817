package dev.hearth.store;

import dev.hearth.store.engine.Engine;
import dev.hearth.store.engine.EngineBatch;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An attachment of this process to a store: a directory that the processes of one host share.
 *
 * <p>
 * Any thread may call. Attachments of one JVM to the same store with equal options are one underneath, released by the
 * last close. After {@link #close} every call throws {@code HearthException.Closed}.
 */
public final class Hearth implements AutoCloseable {
    private final Engine engine;

    private Hearth(Engine engine) {
        this.engine = engine;
    }

    /**
     * Attaches to the store in {@code directory}; creates it if there is none and the options say so.
     *
     * @throws IllegalStateException        if the JVM was started without flags that are needed: names them
     * @throws IllegalArgumentException     if the store is attached in this JVM with other options
     * @throws HearthException.Refused      if the directory or a file in it is not ours, not private, not a plain file,
     * or on
     *                                      a network file system
     * @throws HearthException.Incompatible if it was written by another format version
     * @throws HearthException.Full         if there is no room to create it; nothing is left behind
     * @throws HearthException.Busy         if another process creates or recovers it for longer than the limit
     */
    public static Hearth open(Path directory, HearthOptions options) {
        return new Hearth(Engine.open(directory, options));
    }

    /**
     * Says what opening the store in {@code directory} would have to do, and whether its log is damaged. Writes
     * nothing, also while the store is in use.
     *
     * @throws HearthException.Refused if there is no store, or it is not ours
     * @throws HearthException.Corrupt if nothing of its log can be read
     */
    public static RecoveryReport inspect(Path directory) {
        return Engine.inspect(directory);
    }

    /**
     * Does what opening the store would do, and nothing else; says what was found and done.
     *
     * @param dropLogBehindDamage whether a log that is damaged in its middle is cut in front of the damage: what was
     *     committed behind it, which {@link #inspect} shows as far as it is known, is lost for good
     * @throws HearthException.Corrupt if the log is damaged and may not be cut
     * @throws HearthException.Busy    if that cannot be while others are attached
     */
    public static RecoveryReport recover(Path directory, boolean dropLogBehindDamage) {
        return Engine.recover(directory, dropLogBehindDamage);
    }

    /**
     * Removes the store in {@code directory}, its frames in memory and the directory, for good. One that was begun and
     * not finished can be done again.
     *
     * @throws HearthException.Refused if there is no store, or files that are none of it: then nothing is removed
     * @throws HearthException.Busy    if processes are attached: names them
     */
    public static void destroy(Path directory) {
        Engine.destroy(directory);
    }

    /**
     * Directories with frames in memory that belong to this user and that no process uses: of stores that are gone, or
     * whose processes were killed. The next attachment of any store that needs frames removes them.
     */
    public static List<Path> abandonedFrames() {
        return Engine.abandonedFrames();
    }

    /** The namespace of this fingerprint, defined now if there is none. */
    public Namespace namespace(Fingerprint fingerprint) {
        return new Namespace(engine, engine.namespace(fingerprint));
    }

    /** The namespace of this fingerprint, if it is defined. */
    public Optional<Namespace> findNamespace(Fingerprint fingerprint) {
        return newest(namespaces().stream().filter(info -> info.fingerprint().equals(fingerprint)));
    }

    /** The newest namespace of this name, and of this revision unless that is null. */
    public Optional<Namespace> findNamespace(String name, @Nullable String revision) {
        return newest(namespaces().stream().filter(info -> info.fingerprint().name().equals(name)
                && (revision == null || info.fingerprint().revision().equals(revision))));
    }

    private Optional<Namespace> newest(Stream<NamespaceInfo> candidates) {
        return candidates.max(Comparator.comparingLong(NamespaceInfo::version))
                .map(info -> new Namespace(engine, info));
    }

    /**
     * Starts a batch in the namespace of this fingerprint. If there is none yet, the commit of the batch defines it: a
     * batch that is given up, or whose process dies, leaves no namespace either.
     *
     * <p>
     * Should another process define it first, {@link Batch#commit} throws {@code IllegalStateException} and nothing is
     * visible.
     */
    public Batch batch(Fingerprint fingerprint) {
        NamespaceInfo info = engine.namespaceOrReserve(fingerprint);
        EngineBatch batch = engine.batch();
        if (info.version() == 0) {
            batch.define(info);
        }
        return new Batch(batch, info);
    }

    /** The namespaces that are there, oldest first. */
    public List<NamespaceInfo> namespaces() {
        return engine.namespaces();
    }

    /** Removes a namespace and all its entries in one step, whatever their number; false if it was removed before. */
    public boolean remove(Namespace namespace) {
        return engine.removeNamespace(namespace.info());
    }

    /** A lease for the calling thread to {@linkplain Namespace#get(MemorySegment, Lease) get} into, again and again. */
    public Lease newLease() {
        return Lease.reused();
    }

    /** The leases of this JVM on the store that are open, oldest first; empty unless leases are tracked. */
    public List<LeaseInfo> openLeases() {
        return engine.openLeases();
    }

    /** The state of the store and what was done with it. */
    public StoreStats stats() {
        return engine.stats();
    }

    /**
     * Returns when everything that is visible now survives a power cut, whoever put it and whatever the {@link
     * Durability} of the store.
     *
     * @throws HearthException.Io     if the disk did not take it: from then on nobody writes until all have closed the
     *                                store and it is opened again
     * @throws HearthException.Closed if that happened before
     */
    public void sync() {
        engine.sync();
    }

    /**
     * The operations of the log from {@code fromVersion} on; 0 is the oldest that the log still has. If it has not that
     * version any more, the feed says that it {@linkplain HearthException.FellBehind fell behind}.
     */
    public ChangeFeed changes(long fromVersion) {
        return engine.changes(fromVersion);
    }

    /** The entries of all namespaces while the stream runs, in no particular order; close the stream. */
    public Stream<EntryInfo> entries() {
        return engine.entries(null);
    }

    /** The process slots that are taken, or were left by a process that died and are not yet taken again. */
    public List<ProcessInfo> processes() {
        return engine.processes();
    }

    /** The segments of the data file and what is in them: the heat map. */
    public List<SegmentInfo> segments() {
        return engine.segments();
    }

    /** Reads and checks everything there is. */
    public VerifyReport verify(Progress progress) {
        return engine.verify(progress);
    }

    /**
     * Reads and checks everything, then drops entries whose bytes are damaged, of whatever kind, through the log, and
     * makes anew what can be told from something whole: what the table, the directories of segments and their headers
     * have lost of what the log says, damaged checkpoints, the persistent index. Others go on meanwhile.
     *
     * <p>
     * A log that is damaged in its middle is reported and left as it is.
     *
     * @throws IllegalStateException if this attachment is read-only
     */
    public RepairReport repair(Progress progress) {
        return engine.repair(progress);
    }

    /**
     * Copies the store, while it is used, into a directory that is not there or is empty: as a store of its own with
     * all entries as of one version, made durable. The first that opens it makes table and mark anew, as after a
     * reboot.
     *
     * @throws HearthException.Refused if there is something else in {@code target}, or it is not ours
     * @throws HearthException.Full    if the disk has not enough room; nothing is left there
     * @throws HearthException.Busy    if another copy is being made there, or the log grows faster than it can be read
     * @throws IllegalStateException   if this attachment is read-only
     */
    public CopyReport copyTo(Path target, Progress progress) {
        return engine.copyTo(target, progress);
    }

    /**
     * Makes room: releases segments of activations in the order in which they would give way, until {@code bytes} of
     * segments are free that were not, or nothing is left that may go. Parameters stay.
     *
     * @return bytes of the segments that were freed
     */
    public long evict(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes=" + bytes);
        }
        return engine.evict(bytes);
    }

    /**
     * Gathers live entries, parameters too, in few segments, as far as that frees whole ones, and gives the blocks of
     * all free segments back to the file system. Others may be attached; what they hold stays where it is. In every
     * durability mode copies are durable before they count, and that is before their old place is given up.
     *
     * @param mostMovedBytes bytes of entries that are moved at the most; {@code Long.MAX_VALUE} for no limit
     * @param progress       hears how many bytes were moved, of those planned so far
     * @throws HearthException.Refused if the file system cannot take blocks back
     */
    public CompactReport compact(long mostMovedBytes, Progress progress) {
        if (mostMovedBytes < 0) {
            throw new IllegalArgumentException("mostMovedBytes=" + mostMovedBytes);
        }
        return engine.compact(mostMovedBytes, progress);
    }

    /** The same without a limit. */
    public CompactReport compact() {
        return compact(Long.MAX_VALUE, Progress.NONE);
    }

    /** The directory of the store. */
    public Path directory() {
        return engine.directory();
    }

    /** Detaches: waits for calls in flight, then gives memory, descriptors and the process slot back. */
    @Override
    public void close() {
        engine.close();
    }
}
