package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With a clock that stands still unless a test moves it, so that waiting for a time would not end. */
@Timeout(300)
class CommitGroupsTest {
    private static final long GROUP_NS = 1_000_000;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong clock = new AtomicLong(5);
    private final AtomicLong syncs = new AtomicLong();
    private final AtomicLong led = new AtomicLong();
    private final CommitGroups groups = new CommitGroups(clock::get, syncs::incrementAndGet);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** One that joins, and, if it leads, ends the group when told to. */
    private final class Member {
        final Transaction transaction = new Transaction(List.of());
        final CountDownLatch end = new CountDownLatch(1);
        final Future<CommitGroups.Group> left;

        Member() {
            left = threads.submit(() -> {
                CommitGroups.Group group = groups.join(transaction);
                if (group.isLedBy(transaction)) {
                    led.incrementAndGet();
                    try {
                        assertTrue(end.await(300, TimeUnit.SECONDS));
                    } finally {
                        groups.end(group);
                    }
                }
                return group;
            });
        }

        CommitGroups.Group finish() throws Exception {
            end.countDown();
            return left.get(300, TimeUnit.SECONDS);
        }
    }

    /** Has whoever leads end; all have to be in one group, which is returned. */
    private static CommitGroups.Group finishAll(List<Member> members) throws Exception {
        members.forEach(member -> member.end.countDown());
        CommitGroups.Group group = members.getFirst().finish();
        for (Member member : members) {
            assertSame(group, member.finish());
        }
        assertEquals(members.size(), group.transactions().size());
        return group;
    }

    private List<Member> members(int count) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(new Member());
        }
        return members;
    }

    private Member leader() {
        long before = led.get();
        Member member = new Member();
        awaitLed(before + 1);
        return member;
    }

    private void awaitLed(long count) {
        await(() -> led.get() >= count);
    }

    private void awaitWaiting(int count) {
        await(() -> groups.waiting() >= count);
    }

    private static void await(BooleanSupplier condition) {
        long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < 240_000_000_000L);
            Thread.onSpinWait();
        }
    }

    /** A group of so many, behind one alone; it takes {@link #GROUP_NS}. */
    private void run(int count) throws Exception {
        Member first = leader();
        List<Member> members = members(count);
        awaitWaiting(count);
        long before = led.get();
        first.finish();
        // The first one is expected again: until the clock says that it does not come.
        clock.addAndGet(GROUP_NS);
        awaitLed(before + 1);
        clock.addAndGet(GROUP_NS);
        finishAll(members);
    }

    @Test
    void join_alone_leadsAtOnce() {
        for (int i = 1; i <= 5; i++) {
            Transaction transaction = new Transaction(List.of());
            CommitGroups.Group group = groups.join(transaction);
            assertTrue(group.isLedBy(transaction));
            assertEquals(i, group.dataSync());
            assertEquals(List.of(transaction), group.transactions());
            clock.addAndGet(GROUP_NS);
            groups.end(group);
        }
    }

    @Test
    void join_whileAGroupIsUnderWay_allWhoComeGoTogetherWithOneSyncAndOneLeads() throws Exception {
        Member first = leader();
        List<Member> next = members(4);
        awaitWaiting(4);
        assertEquals(1, syncs.get(), "the number of their sync is taken when all have come");
        assertEquals(1, first.finish().dataSync());
        clock.addAndGet(GROUP_NS);
        awaitLed(2);
        assertFalse(next.stream().anyMatch(member -> member.left.isDone()), "behind its end");
        assertEquals(2, finishAll(next).dataSync());
        assertEquals(2, syncs.get());
        assertEquals(2, led.get());
    }

    @Test
    void join_behindAGroup_waitsForTheOthersOfItAndNotForEver() throws Exception {
        run(3);
        long before = led.get();
        List<Member> again = members(2);
        awaitWaiting(2);
        assertEquals(before, led.get());
        again.add(new Member());
        awaitLed(before + 1);
        assertEquals(0, groups.waiting());
        clock.addAndGet(GROUP_NS);
        finishAll(again);
        // Now only two come: until the limit they are three.
        List<Member> two = members(2);
        awaitWaiting(2);
        assertEquals(before + 1, led.get());
        clock.addAndGet(GROUP_NS);
        awaitLed(before + 2);
        finishAll(two);
    }

    @Test
    void join_whoLeadsGaveUp_theOthersGoOn() throws Exception {
        Member first = leader();
        List<Member> next = members(2);
        awaitWaiting(2);
        first.left.cancel(true);
        await(() -> {
            // It ends at some time.
            clock.addAndGet(GROUP_NS);
            return led.get() == 2;
        });
        finishAll(next);
    }

    @Test
    void join_interrupted_waitsOnAndKeepsTheInterrupt() throws Exception {
        Member first = leader();
        AtomicLong kept = new AtomicLong();
        Thread waiting = Thread.ofPlatform().start(() -> {
            CommitGroups.Group group = groups.join(new Transaction(List.of()));
            kept.set(Thread.interrupted() ? 1 : 2);
            groups.end(group);
        });
        awaitWaiting(1);
        waiting.interrupt();
        first.finish();
        clock.addAndGet(GROUP_NS);
        waiting.join(240_000);
        assertEquals(1, kept.get());
    }
}
