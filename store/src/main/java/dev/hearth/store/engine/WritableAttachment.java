package dev.hearth.store.engine;

import dev.hearth.codec.Compression;
import dev.hearth.store.Durability;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Kind;
import dev.hearth.store.ProcessInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.SegmentInfo;
import dev.hearth.store.StoreStats;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.frame.FrameCache;
import dev.hearth.store.frame.FrameSettings;
import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogWriter;
import dev.hearth.store.mark.ByteLock;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.LockBytes;
import dev.hearth.store.mark.ProcessSlot;
import dev.hearth.store.mark.ProcessSlots;
import dev.hearth.store.mark.WriterLock;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.EntryWriter;
import dev.hearth.store.segment.SegmentAllocator;
import dev.hearth.store.segment.StoredKey;
import dev.hearth.store.table.Lookaside;
import dev.hearth.store.table.TableEntry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An attachment that reads and writes: it has a process slot, the writer lock when it commits, and does background
 * work. Any thread.
 */
final class WritableAttachment implements Attachment {
    /** Private memory of a process, at the most: what remembers where entries are. */
    private static final long MAX_LOOKASIDE_BYTES = 128 << 20;
    private static final long LOOKASIDE_PART = 16;
    private final Closer closer;
    private final Store store;
    private final View view;
    private final Writes writes;
    private final Memoizer memoizer;
    private final ProcessSlots slots;
    private final EventCounters events;
    private final Holds holds;
    private final Repairer.Parts repairs;
    private final SyncPoints syncPoints;

    private WritableAttachment(Closer closer, Store store, View view, Changes changes, ProcessSlots slots,
            Repairer.Parts repairs, Holds holds) {
        this.closer = closer;
        this.store = store;
        this.view = view;
        this.writes = changes.writes;
        this.memoizer = changes.memoizer;
        this.syncPoints = changes.syncPoints;
        this.slots = slots;
        this.events = repairs.events();
        this.repairs = repairs;
        this.holds = holds;
    }

    /** Attaches to a store that is created or recovered if need be. */
    static WritableAttachment open(Path path, HearthOptions options, Host host, LongSupplier clockMs) {
        return open(path, options, new Environment(host, clockMs, FileEvents.NONE));
    }

    /** The same, in an environment that a test may have made. */
    static WritableAttachment open(Path path, HearthOptions options, Environment environment) {
        return open(path, options, environment, new Journal(), false, SweepStep.Listener.NONE);
    }

    /** The same; {@code journal} hears what recovery does, and a log that is damaged may be cut there. */
    static WritableAttachment open(Path path, HearthOptions options, Host host, LongSupplier clockMs, Journal journal,
            boolean dropDamaged) {
        return open(path, options, host, clockMs, journal, dropDamaged, SweepStep.Listener.NONE);
    }

    /** The same for one that tells {@code steps} how far it is with giving space back. */
    static WritableAttachment open(Path path, HearthOptions options, Host host, LongSupplier clockMs, Journal journal,
            boolean dropDamaged, SweepStep.Listener steps) {
        return open(path, options, new Environment(host, clockMs, FileEvents.NONE), journal, dropDamaged, steps);
    }

    /** The same, with all that a test may want to hear of. */
    static WritableAttachment open(Path path, HearthOptions options, Environment environment, Journal journal,
            boolean dropDamaged, SweepStep.Listener steps) {
        try (Closer closer = new Closer()) {
            Tenancy tenancy = Opener.open(path, options, environment, journal, dropDamaged,
                    store -> enter(closer.add(store), closer, environment.host(), environment.clockMs()));
            journal.handTo(tenancy.events::report);
            return assemble(closer, tenancy, options, environment.clockMs(), journal, steps);
        }
    }

    /** Under the creation lock, as the counters file also demands. */
    private static Tenancy enter(Store store, Closer closer, Host host, LongSupplier clockMs) {
        ProcessSlots slots = new ProcessSlots(store.mark(), store.locks());
        ProcessSlot slot = closer.add(slots.take(host, clockMs.getAsLong(), 0));
        EventCounters events = closer
                .add(EventCounters.open(store.directory(), slots.count(), slot.index(), slot.tenancy()));
        return new Tenancy(store, slots, slot, store.locks(), events);
    }

    private record Changes(Writes writes, Memoizer memoizer, SyncPoints syncPoints) {}

    private record Tenancy(Store store, ProcessSlots slots, ProcessSlot slot, OfdLocks locks, EventCounters events) {}

    private static WritableAttachment assemble(Closer closer, Tenancy tenancy, HearthOptions options,
            LongSupplier clockMs, Journal journal, SweepStep.Listener steps) {
        EventCounters events = tenancy.events;
        Store store = tenancy.store;
        Geometry geometry = store.mark().geometry();
        LogSettings settings = Opener.settings(geometry, tenancy.slot.word());
        LogWriter log = closer.add(new LogWriter(store.logFiles(), settings));
        MarkState state = new MarkState(store.mark().words());
        EvictionParts eviction = EvictionParts.of(store);
        MarkSegments segments = new MarkSegments(store.mark(), tenancy.slots, tenancy.slot, eviction.references());
        SegmentReleases releases = new SegmentReleases(store.mark(), segments.holds(), eviction.references(), steps);
        ReadContext.Pool contexts = new ReadContext.Pool(store.data());
        Applier applier = applier(store, state, new DirectoryLines(store.data(), segments), steps);
        WriterLock lock = new WriterLock(store.mark().words(), tenancy.slots, tenancy.slot);
        Syncs syncs = new Syncs(store, log, events, clockMs);
        Committer committer = new Committer(new TimedLock(lock, options.lockTimeoutMs()), log,
                new Planner(store.table(), new StoredKeys(store.data(), contexts, clockMs), releases,
                        new Chains(store.table(), releases, eviction.references())),
                applier,
                new CommitWords(state, new Redo(store.logFiles(), settings, store.table(), applier, state,
                        store.mark().segments()::unmarkAll, journal), events),
                clockMs, syncs);
        SyncPoints syncPoints = new SyncPoints(syncs, committer, store.mark().words());
        redoIfDue(lock, committer);
        KeyDigester digester = new KeyDigester(geometry.digestSeedHi());
        Holds holds = new Holds(segments.holds(), store.mark().segments());
        segments.giveBackThrough(holds);
        Damage damage = new Damage(events);
        ReadParts parts = new ReadParts(new Lookups(store.table(), digester), contexts,
                new ValuePages(store.data(), closer.add(frames(tenancy, options)), events, clockMs), holds::isCurrent,
                eviction.references(), events, damage);
        View view = view(store, settings, parts, holds, options.trackLeases() ? new LeaseTracker(events) : null,
                closer.add(lookaside(geometry)), state);
        AtomicReference<SegmentAllocator> allocator = new AtomicReference<>();
        Sweeper sweeper = new Sweeper(
                new SweepParts(store, segments, committer, releases, eviction, events, clockMs,
                        new DurableSteps(syncs, syncPoints, steps), steps),
                new Sweeper.Locks(lock(tenancy, "sweep", LockBytes.SWEEP), lock(tenancy, "move", LockBytes.MOVE),
                        options.lockTimeoutMs()),
                () -> Objects.requireNonNull(allocator.get()));
        allocator.set(new SegmentAllocator(store.data(), segments,
                allocationLock(tenancy.locks, options.lockTimeoutMs()), sweeper));
        EntryWriter writer = new EntryWriter(store.data(), Objects.requireNonNull(allocator.get()));
        Writes writes = new Writes(writer, digester, committer, events, Compression.byId(geometry.compressionId()),
                new Writes.Place(store.table(), tenancy.slot), sweeper);
        Memoizer memoizer = new Memoizer(parts.lookups(), view.leases(), writes,
                new Turns(tenancy.locks, tenancy.slots, tenancy.slot));
        closer.add(Background.start(new Background.Parts(store, settings, tenancy.slots, tenancy.slot, lock, committer,
                log, events, sweeper, damage, syncs, new HugePaging(store, segments, events)),
                new Background.Locks(lock(tenancy, "background", LockBytes.BACKGROUND),
                        lock(tenancy, "background relief", LockBytes.BACKGROUND_RELIEF),
                        lock(tenancy, "index", LockBytes.INDEX)),
                clockMs));
        if (syncs.durability() == Durability.INTERVAL) {
            closer.add(syncPoints.start(options.syncIntervalMs(), clockMs, events));
        }
        Closer own = new Closer();
        closer.moveTo(own);
        return new WritableAttachment(own, store, view, new Changes(writes, memoizer, syncPoints), tenancy.slots,
                new Repairer.Parts(store, segments, releases, committer, log, events), holds);
    }

    private static Lookaside lookaside(Geometry geometry) {
        return new Lookaside(Math.min(MAX_LOOKASIDE_BYTES, geometry.capacityBytes() / LOOKASIDE_PART));
    }

    private static void redoIfDue(WriterLock lock, Committer committer) {
        if (lock.needsRedo()) {
            committer.underLock(() -> {
            });
        }
    }

    private static ByteLock lock(Tenancy tenancy, String name, long lockByte) {
        return new ByteLock(name, tenancy.locks, lockByte, () -> "another process");
    }

    private static Applier applier(Store store, MarkState state, DirectoryLines lines, SweepStep.Listener steps) {
        return new Applier(store.table(), state, operations -> {
            if (DirectoryLines.hasAny(operations)) {
                steps.at(SweepStep.APPLYING);
            }
            lines.write(operations);
        }, (segment, generation) -> {
            steps.at(SweepStep.RELEASE_LOGGED);
            store.mark().segments().release(segment, generation, state.nextGeneration(generation));
            steps.at(SweepStep.RELEASE_APPLIED);
        });
    }

    private static View view(Store store, LogSettings settings, ReadParts parts, Holds holds,
            @Nullable LeaseTracker tracker, Lookaside lookaside, MarkState state) {
        Geometry geometry = store.mark().geometry();
        Leases leases = new Leases(parts, holds, tracker, lookaside);
        Loads loads = new Loads(parts, leases);
        return new View(store.directory(), store.logFiles(), settings, geometry, store.data(), store.table(),
                state::get, parts.contexts(), new Reads(parts, geometry.segmentBytes(), lookaside, holds), leases,
                loads,
                new Groups(parts, leases, loads, state::get, store.data().path()));
    }

    private static Frames frames(Tenancy tenancy, HearthOptions options) {
        ByteLock lock = lock(tenancy, "frames", LockBytes.FRAMES);
        FrameSettings settings = FrameSettings.of(tenancy.store.directory(), tenancy.store.mark(), tenancy.slots,
                tenancy.slot, options.frameBytes(), tenancy.events,
                work -> exclusively(lock, options.lockTimeoutMs(), work));
        return new Frames(limitMs -> {
            AtomicReference<FrameCache> opened = new AtomicReference<>();
            exclusively(lock, Math.min(limitMs, options.lockTimeoutMs()), () -> opened.set(FrameCache.open(settings)));
            return Objects.requireNonNull(opened.get());
        }, tenancy.events, System::nanoTime);
    }

    private static void exclusively(ByteLock lock, long limitMs, Runnable work) {
        lock.acquire(limitMs);
        try {
            work.run();
        } finally {
            lock.release();
        }
    }

    private static SegmentAllocator.AllocationLock allocationLock(OfdLocks locks, long timeoutMs) {
        ByteLock lock = new ByteLock("allocation", locks, LockBytes.ALLOCATION, () -> "another process");
        return new SegmentAllocator.AllocationLock() {
            @Override
            public void acquire() {
                lock.acquire(timeoutMs);
            }

            @Override
            public void release() {
                lock.release();
            }
        };
    }

    private record TimedLock(WriterLock lock, long timeoutMs) implements Committer.HostLock {
        @Override
        public boolean acquire(long limitMs) {
            return lock.acquire(limitMs);
        }

        @Override
        public String holder() {
            return lock.holder();
        }

        @Override
        public void release() {
            lock.release();
        }

        @Override
        public void abandon() {
            lock.abandon();
        }
    }

    private record CommitWords(MarkState state, Redo redo, Events events) implements Committer.CommitState {
        @Override
        public LogTail tail() {
            return state.tail();
        }

        @Override
        public void setTail(LogTail tail) {
            state.setTail(tail);
        }

        @Override
        public long nextVersion(LogTail tail) {
            return state.nextVersion(tail);
        }

        @Override
        public LogTail redoUnfinished() {
            long startNs = System.nanoTime();
            try {
                return redo.run();
            } finally {
                events.addTimed(Counter.REDO, Counter.REDO_MICROS, startNs);
            }
        }
    }

    private record DurableSteps(Syncs syncs, SyncPoints points, SweepStep.Listener steps)
            implements
                SweepParts.Durable {
        @Override
        public void syncData() {
            syncs.data();
            steps.at(SweepStep.DATA_SYNCED);
        }

        @Override
        public void syncAll() {
            points.sync(() -> steps.at(SweepStep.DATA_SYNCED));
            steps.at(SweepStep.LOG_SYNCED);
        }
    }

    /** Reads the keys of stored entries. */
    private record StoredKeys(DataFile data, ReadContext.Pool contexts, LongSupplier clockMs)
            implements
                Planner.KeyCheck {
        @Override
        public boolean isOther(TableEntry entry, byte[] key) {
            return !StoredKey.isAt(data, entry.segment(), entry.offsetUnits(), entry.headerBytes(), key)
                    && isReadableAndOther(entry, key);
        }

        private boolean isReadableAndOther(TableEntry entry, byte[] key) {
            ReadContext context = contexts.take();
            try {
                context.entry.from(entry);
                return !Arrays.equals(context.reader.open(context.place()).key(), key);
            } catch (HearthException.Corrupt e) {
                return false; // What cannot be read may be replaced.
            } finally {
                contexts.give(context);
            }
        }

        @Override
        public boolean isUseless(TableEntry entry) {
            ReadContext context = contexts.take();
            try {
                long expiresAtMs = context.reader.open(context.place(entry)).expiresAtMs();
                return expiresAtMs != 0 && expiresAtMs <= clockMs.getAsLong();
            } catch (HearthException.Corrupt e) {
                return entry.kind() == Kind.ACTIVATION;
            } finally {
                contexts.give(context);
            }
        }
    }

    @Override
    public View view() {
        return view;
    }

    @Override
    public Path path() {
        return view.path();
    }

    @Override
    public Writes writes() {
        return writes;
    }

    @Override
    public Memoizer memoizer() {
        return memoizer;
    }

    @Override
    public Holds holds() {
        return holds;
    }

    @Override
    public void sync() {
        syncPoints.sync();
    }

    @Override
    public Attachments.Identity identity() {
        return Attachments.Identity.of(store.mark().status());
    }

    @Override
    public Repairer repairer() {
        return new Repairer(view, repairs);
    }

    @Override
    public List<SegmentInfo> segments() {
        return SegmentList.of(view, store.mark().segments(), EvictionParts.of(store).references());
    }

    @Override
    public StoreCopier copier(Progress progress) {
        return new StoreCopier(view, new StoreCopier.Parts(repairs.segments(), store.mark().segments(), holds,
                repairs.committer(), new MarkState(store.mark().words())), progress);
    }

    @Override
    public StoreStats stats() {
        return Stats.of(view, store.mark(), events.totals(), (int) slots.tenants().stream()
                .filter(ProcessSlots.Tenant::isAlive).count());
    }

    @Override
    public List<ProcessInfo> processes() {
        return Stats.processes(slots);
    }

    @Override
    public void close() {
        closer.close();
    }
}
