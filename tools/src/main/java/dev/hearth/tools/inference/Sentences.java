package dev.hearth.tools.inference;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * Sentences made up by a small grammar: what people might ask of the support desk of a firm that rents out kitchens and
 * ovens. The same seed gives the same sentences in every JVM.
 */
public final class Sentences {
    private static final String[] WHO = {"our baker", "the night shift", "a new tenant", "the owner of the café",
            "my colleague in Porto", "the head cook", "one of the drivers", "the school kitchen",
            "a guest at table nine",
            "the cleaning crew", "your technician", "the manager on duty"};
    private static final String[] DID = {"reported", "noticed", "asked about", "sent a photo of", "could not explain",
            "repaired", "wants to exchange", "has twice complained of", "forgot to mention", "would like to rent"};
    private static final String[] HOW = {"noisy", "broken", "brand-new", "second-hand", "leaking", "unlabelled",
            "half-open", "overheated", "rented", "stainless", "borrowed", "misplaced", "blue", "expensive"};
    private static final String[] THING = {"convection oven", "dough mixer", "walk-in fridge", "extractor hood",
            "gas burner", "dishwasher", "ice machine", "proofing cabinet", "thermometer", "delivery van",
            "coffee grinder",
            "fire blanket", "pizza stone", "steam valve", "door seal", "power socket"};
    private static final String[] WHERE = {"in the basement", "behind the counter", "next to the loading dock",
            "on the second floor", "at the harbour branch", "under the stairs", "in kitchen 14", "by the back door"};
    private static final String[] WHEN =
            {"on Monday", "after closing time", "at half past six", "during the inspection",
                    "shortly before lunch", "in the first week of May", "last night", "every other day"};
    private static final String[] WANT = {"please tell me whether", "I need to know why", "could you check if",
            "nobody here understands how", "we would be glad to hear that", "it is not clear to us when"};
    private static final String[] THEN = {"the invoice has not changed", "we had to send everybody home",
            "the alarm went off again", "the bread came out pale", "two orders were cancelled",
            "the guarantee still covers it", "a replacement arrived within the hour", "the smell is gone by now"};

    private final Random random;

    private Sentences(long seed) {
        this.random = new Random(seed);
    }

    /**
     * Distinct sentences in an order of their own.
     *
     * @param count up to 100,000, of which the grammar has many times more
     */
    public static List<String> generate(long seed, int count) {
        if (count < 0 || count > 100_000) {
            throw new IllegalArgumentException("count=" + count);
        }
        Sentences grammar = new Sentences(seed);
        Set<String> distinct = LinkedHashSet.newLinkedHashSet(count);
        while (distinct.size() < count) {
            distinct.add(grammar.sentence());
        }
        return new ArrayList<>(distinct);
    }

    private String sentence() {
        String thing = String.join(" ", "the", one(HOW), one(THING));
        return switch (random.nextInt(4)) {
            case 0 -> sentence(".", one(WHO), one(DID), thing, one(WHERE), one(WHEN));
            case 1 -> sentence(".", one(WANT), one(WHO), one(DID), thing, one(WHERE));
            case 2 -> sentence(".", one(WHEN), one(WHO), one(DID), thing, "and that is why", one(THEN));
            default -> sentence("?", "is", thing, one(WHERE), "the one that", one(WHO), one(DID), one(WHEN));
        };
    }

    private static String sentence(String end, String... parts) {
        String text = String.join(" ", parts).concat(end);
        return text.substring(0, 1).toUpperCase(Locale.ROOT).concat(text.substring(1));
    }

    private String one(String[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
