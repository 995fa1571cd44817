package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With a clock that stands still unless a test moves it, so that waiting for a time would not end. */
@Timeout(60)
class CommitGroupsTest {
    private static final long GROUP_NS = 1_000_000;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong clock = new AtomicLong(5);
    private final AtomicLong syncs = new AtomicLong();
    private final CommitGroups groups = new CommitGroups(clock::get, syncs::incrementAndGet);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** One that has entered, and goes on to the next step when told to. */
    private final class Member {
        final CountDownLatch commit = new CountDownLatch(1);
        final CountDownLatch end = new CountDownLatch(1);
        final CountDownLatch behindOthers = new CountDownLatch(1);
        final Future<Long> entered;
        final Future<?> left;

        Member(boolean fails) {
            CountDownLatch inside = new CountDownLatch(1);
            AtomicLong number = new AtomicLong();
            left = threads.submit(() -> {
                number.set(groups.enter());
                inside.countDown();
                assertTrue(commit.await(50, TimeUnit.SECONDS));
                if (!fails) {
                    groups.awaitOthers();
                }
                behindOthers.countDown();
                assertTrue(end.await(50, TimeUnit.SECONDS));
                groups.leave(!fails);
                return null;
            });
            entered = threads.submit(() -> {
                assertTrue(inside.await(50, TimeUnit.SECONDS));
                return number.get();
            });
        }

        Member() {
            this(false);
        }

        void finish() throws Exception {
            finishAll(List.of(this));
        }
    }

    private static void finishAll(List<Member> members) throws Exception {
        members.forEach(member -> member.commit.countDown());
        members.forEach(member -> member.end.countDown());
        for (Member member : members) {
            member.left.get(50, TimeUnit.SECONDS);
        }
    }

    private List<Member> members(int count) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(new Member());
        }
        return members;
    }

    /** A group of so many, behind one alone; it takes {@link #GROUP_NS}. */
    private void run(int count) throws Exception {
        Member first = new Member();
        first.entered.get();
        List<Member> members = members(count);
        awaitWaiting(count);
        first.finish();
        // The first one is expected again: until the clock says that it does not come.
        clock.addAndGet(GROUP_NS);
        for (Member member : members) {
            member.entered.get();
        }
        clock.addAndGet(GROUP_NS);
        finishAll(members);
    }

    private void awaitWaiting(int count) {
        while (groups.waiting() < count) {
            Thread.onSpinWait();
        }
    }

    @Test
    void enter_alone_waitsForNobody() {
        for (int i = 1; i <= 5; i++) {
            assertEquals(i, groups.enter());
            groups.awaitOthers();
            clock.addAndGet(GROUP_NS);
            groups.leave(true);
        }
    }

    @Test
    void enter_whileAGroupIsUnderWay_allWhoComeGoTogetherWithOneSync() throws Exception {
        Member first = new Member();
        assertEquals(1, first.entered.get());
        List<Member> next = members(4);
        awaitWaiting(4);
        assertEquals(1, syncs.get());
        first.finish();
        clock.addAndGet(GROUP_NS);
        for (Member member : next) {
            assertEquals(2, member.entered.get());
        }
        finishAll(next);
        assertEquals(2, syncs.get());
    }

    @Test
    void enter_behindAGroup_waitsForTheOthersOfItAndNotForEver() throws Exception {
        run(3);
        long before = syncs.get();
        List<Member> again = members(2);
        awaitWaiting(2);
        assertFalse(again.getFirst().entered.isDone());
        assertEquals(before, syncs.get());
        Member third = new Member();
        assertEquals(before + 1, third.entered.get());
        assertEquals(before + 1, again.getFirst().entered.get());
        clock.addAndGet(GROUP_NS);
        again.add(third);
        finishAll(again);
        // Now only two come: until the limit they are three.
        List<Member> two = members(2);
        awaitWaiting(2);
        assertEquals(before + 1, syncs.get());
        clock.addAndGet(GROUP_NS);
        for (Member member : two) {
            assertEquals(before + 2, member.entered.get());
        }
        finishAll(two);
    }

    @Test
    void awaitOthers_waitsForThoseOfTheGroup_notForWhoFailedNorForEver() throws Exception {
        run(3);
        Member fails = new Member(true);
        Member commits = new Member();
        Member late = new Member();
        for (Member member : List.of(fails, commits, late)) {
            member.entered.get();
        }
        commits.commit.countDown();
        fails.finish();
        assertFalse(commits.behindOthers.await(20, TimeUnit.MILLISECONDS), "one has not committed");
        clock.addAndGet(GROUP_NS);
        assertTrue(commits.behindOthers.await(50, TimeUnit.SECONDS), "the limit");
        finishAll(List.of(commits, late));
        assertEquals(0, groups.waiting());
    }

    @Test
    void enter_interrupted_waitsOnAndKeepsTheInterrupt() throws Exception {
        Member first = new Member();
        first.entered.get();
        AtomicLong kept = new AtomicLong();
        Thread waiting = Thread.ofPlatform().start(() -> {
            long _ = groups.enter();
            kept.set(Thread.interrupted() ? 1 : 2);
            groups.leave(false);
        });
        awaitWaiting(1);
        waiting.interrupt();
        first.finish();
        clock.addAndGet(GROUP_NS);
        waiting.join(50_000);
        assertEquals(1, kept.get());
    }
}
