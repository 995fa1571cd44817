package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.mark.ProcessSlots.Tenant;
import dev.hearth.store.segment.SegmentStates.State;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/** Says who has the segments of a store, for the message of an error. */
final class Holders {
    private static final int MOST_NAMED = 5;

    private Holders() {}

    /** Segments by what they are, and how many of them each process holds. */
    static String describe(MarkSegments segments) {
        Map<State, Integer> states = new TreeMap<>();
        Map<String, Integer> holders = new TreeMap<>();
        int parameters = 0;
        int held = 0;
        for (int segment = 0; segment < segments.count(); segment++) {
            State state = segments.state(segment);
            states.merge(state, 1, Integer::sum);
            if (state == State.FREE || state == State.RUN_MEMBER || state == State.DAMAGED) {
                continue;
            }
            int run = segments.runSegments(segment);
            parameters += segments.kind(segment) == Kind.PARAMETER ? run : 0;
            var tenants = segments.holds().holders(segment);
            held += tenants.isEmpty() ? 0 : run;
            for (Tenant tenant : tenants) {
                holders.merge("slot " + tenant.index() + " pid " + tenant.pid(), run, Integer::sum);
            }
        }
        StringBuilder text = new StringBuilder(" segments=" + segments.count());
        states.forEach((state, count) -> text.append(' ').append(state.name().toLowerCase(java.util.Locale.ROOT))
                .append('=').append(count));
        text.append(" parameters=").append(parameters).append(" held=").append(held);
        if (!holders.isEmpty()) {
            text.append(" (");
            String[] separator = {""};
            holders.entrySet().stream()
                    .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                            .thenComparing(Map.Entry.comparingByKey()))
                    .limit(MOST_NAMED).forEach(holder -> {
                        text.append(separator[0]).append(holder.getKey()).append(": ").append(holder.getValue());
                        separator[0] = ", ";
                    });
            text.append(holders.size() > MOST_NAMED ? ", ...)" : ")");
        }
        return text.toString();
    }
}
