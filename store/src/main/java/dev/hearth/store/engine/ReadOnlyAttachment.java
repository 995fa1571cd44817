package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.ProcessInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.SegmentInfo;
import dev.hearth.store.StoreStats;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.ProcessSlots;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.table.Lookaside;
import dev.hearth.store.table.LookupTable;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An attachment that reads and leaves no trace: no slot, no lock, no counter. Any thread.
 *
 * <p>
 * It reads the shared lookup table if there is one that is valid in this boot. Otherwise it builds a private one from
 * checkpoint and log, and follows the log with every call. It has no holds, so it copies, and looks at the generation
 * again afterwards.
 */
final class ReadOnlyAttachment implements Attachment {
    private final Path path;
    private final Host host;
    private final LongSupplier clockMs;
    private final Closer closer = new Closer();
    private volatile Files current;

    private ReadOnlyAttachment(Path path, Host host, LongSupplier clockMs, Files first) {
        this.path = path;
        this.host = host;
        this.clockMs = clockMs;
        this.current = closer.add(first);
    }

    /**
     * What is open. Calls may be inside when the store is recovered beneath them, so what was open before is kept until
     * the attachment is closed.
     *
     * @param view       what can be read
     * @param mark       the shared mark; null if the table is a private one
     * @param slots      who is attached; null likewise
     * @param references what uses of entries left; null likewise, or if there is none
     * @param events     the counters
     * @param refresh    has a private table follow the log
     * @param closer     closes all of it
     */
    private record Files(View view, @Nullable MarkFile mark, @Nullable ProcessSlots slots,
            @Nullable MappedRegion references, EventCounters events, Runnable refresh, Closer closer)
            implements
                AutoCloseable {
        /** Whether another mark has taken the place of the one that is open: nobody writes to this one any more. */
        boolean isReplaced() {
            return mark != null && mark.status().links() == 0;
        }

        @Override
        public void close() {
            closer.close();
        }
    }

    /** Attaches to a store that is there. */
    static ReadOnlyAttachment open(Path path, Host host, LongSupplier clockMs) {
        return new ReadOnlyAttachment(path, host, clockMs, openFiles(path, host, clockMs));
    }

    private static Files openFiles(Path path, Host host, LongSupplier clockMs) {
        try (Closer closer = new Closer()) {
            StoreDirectory directory = closer.add(Opener.existing(path));
            if (!directory.exists(Store.LOG)) {
                throw new HearthException.Refused(directory.directory(), "it holds no store");
            }
            StoreDirectory logFiles = closer.add(directory.subdirectory(Store.LOG, false));
            Parts parts = new Parts(directory, logFiles, clockMs);
            MarkFile mark = openMark(directory, host, closer);
            MappedRegion region = mark == null ? null : openTable(directory, mark, closer);
            return mark == null || region == null ? privately(parts, closer) : shared(parts, mark, region, closer);
        }
    }

    /** What is open, or what took its place if the store was recovered. */
    private Files files() {
        Files open = current;
        return open.isReplaced() ? reopen() : open;
    }

    private synchronized Files reopen() {
        Files open = current;
        if (open.isReplaced()) {
            Files next = openFiles(path, host, clockMs);
            closer.add(next);
            if (!next.view.geometry().uuid().equals(open.view.geometry().uuid())) {
                throw new HearthException.Closed("another store has taken the place of this one: directory=" + path);
            }
            current = next;
        }
        return current;
    }

    private record Parts(StoreDirectory directory, StoreDirectory logFiles, LongSupplier clockMs) {
        View view(Geometry geometry, DataFile data, LookupTable table, LongSupplier lastApplied,
                Reads.Generations generations, EventCounters events) {
            ReadContext.Pool contexts = new ReadContext.Pool(data);
            LogSettings settings = Opener.settings(geometry, 0);
            ReadParts parts = new ReadParts(new Lookups(table, new KeyDigester(geometry.digestSeedHi())), contexts,
                    new ValuePages(data, new Frames(null, events, System::nanoTime), events, clockMs), generations,
                    References.NONE,
                    events, new Damage(events));
            Leases leases = new Leases(parts, null, null, Lookaside.NONE);
            Loads loads = new Loads(parts, leases);
            return new View(directory, logFiles, settings, geometry, data, table, lastApplied, contexts,
                    new Reads(parts, geometry.segmentBytes(), null, null), leases, loads,
                    new Groups(parts, leases, loads, lastApplied, data.path()));
        }
    }

    private static @Nullable MarkFile openMark(StoreDirectory directory, Host host, Closer closer) {
        if (!directory.exists(MarkFile.NAME)) {
            return null;
        }
        try {
            MarkFile mark = closer.add(MarkFile.open(directory, true));
            return mark.isOfThisBoot(host) ? mark : null;
        } catch (HearthException.Corrupt e) {
            return null; // The log has all there is to know.
        }
    }

    private static @Nullable MappedRegion openTable(StoreDirectory directory, MarkFile mark, Closer closer) {
        if (!directory.exists(ColdStart.TABLE)) {
            return null;
        }
        try {
            MappedRegion region = closer.add(Store.mapTable(directory, mark.geometry(), true));
            Store.attachTable(region, mark);
            return region;
        } catch (HearthException.Corrupt | HearthException.Incompatible e) {
            return null; // It can be rebuilt, and is, privately.
        }
    }

    private static Files shared(Parts parts, MarkFile mark, MappedRegion region, Closer closer) {
        Geometry geometry = mark.geometry();
        DataFile data = closer.add(Store.openData(parts.directory, geometry, true));
        EventCounters events = closer.add(EventCounters.readOnly(parts.directory, geometry.slotCount()));
        MarkState state = new MarkState(mark.words());
        // A mark that was replaced hears of no release any more, and must not vouch for what was copied.
        View view = parts.view(geometry, data, Store.attachTable(region, mark), state::get,
                (segment, generation) -> mark.segments().generation(segment) == generation
                        && mark.status().links() != 0,
                events);
        OfdLocks locks = closer.add(OfdLocks.openReadOnly(parts.directory, Store.LOCK));
        MappedRegion references = Store.mapReferencesForReading(parts.directory, geometry);
        if (references != null) {
            closer.add(references);
        }
        return keep(closer, view, mark, new ProcessSlots(mark, locks), references, events, () -> {
        });
    }

    private static Files privately(Parts parts, Closer closer) {
        Geometry geometry = Opener.geometryOf(parts.logFiles);
        DataFile data = closer.add(Store.openData(parts.directory, geometry, true));
        EventCounters events = closer.add(EventCounters.readOnly(parts.directory, geometry.slotCount()));
        PrivateTable table = closer.add(PrivateTable.build(parts.logFiles, Opener.settings(geometry, 0), geometry));
        View view = parts.view(geometry, data, table.table(), table::lastApplied, table::isCurrent, events);
        return keep(closer, view, null, null, null, events, table::refresh);
    }

    private static Files keep(Closer closer, View view, @Nullable MarkFile mark, @Nullable ProcessSlots slots,
            @Nullable MappedRegion references, EventCounters events, Runnable refresh) {
        Closer own = new Closer();
        closer.moveTo(own);
        return new Files(view, mark, slots, references, events, refresh, own);
    }

    @Override
    public View view() {
        Files files = files();
        files.refresh.run();
        return files.view;
    }

    @Override
    public Path path() {
        return current.view.path();
    }

    @Override
    public @Nullable Writes writes() {
        return null;
    }

    @Override
    public @Nullable Memoizer memoizer() {
        return null;
    }

    @Override
    public @Nullable Holds holds() {
        return null;
    }

    @Override
    public Attachments.@Nullable Identity identity() {
        return null;
    }

    @Override
    public StoreStats stats() {
        Files files = files();
        files.refresh.run();
        return Stats.of(files.view, files.mark, files.events.totals(),
                (int) processes().stream().filter(ProcessInfo::alive).count());
    }

    @Override
    public List<ProcessInfo> processes() {
        ProcessSlots slots = files().slots;
        return slots == null ? List.of() : Stats.processes(slots);
    }

    @Override
    public List<SegmentInfo> segments() {
        Files files = files();
        files.refresh.run();
        MarkFile mark = files.mark;
        MappedRegion references = files.references;
        return SegmentList.of(files.view, mark == null ? null : mark.segments(), references == null
                ? null
                : ReferenceMap.forReading(references, files.view.geometry().segmentBytes()));
    }

    @Override
    public @Nullable Repairer repairer() {
        return null;
    }

    @Override
    public @Nullable StoreCopier copier(Progress progress) {
        return null;
    }

    @Override
    public synchronized void close() {
        closer.close();
    }
}
