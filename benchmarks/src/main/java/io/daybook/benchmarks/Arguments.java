package io.daybook.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;

/** Options of a command, each {@code --name value}, with defaults. Immutable. */
public final class Arguments {
    private final Map<String, String> values;

    private Arguments(Map<String, String> values) {
        this.values = values;
    }

    /**
     * @param defaults every option that there is
     * @throws IllegalArgumentException saying what is wrong
     */
    public static Arguments parse(String[] args, Map<String, String> defaults) {
        Map<String, String> values = new LinkedHashMap<>(defaults);
        for (int i = 0; i < args.length; i += 2) {
            String name = args[i].startsWith("--") ? args[i].substring(2) : "";
            if (!defaults.containsKey(name)) {
                throw new IllegalArgumentException("unknown option " + args[i]);
            }
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " needs a value");
            }
            values.put(name, args[i + 1]);
        }
        return new Arguments(values);
    }

    public String text(String name) {
        return values.get(name);
    }

    public int number(String name, int min, int max) {
        String text = values.get(name);
        int value;
        try {
            value = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + name + " is " + text + ", but must be a number");
        }
        if (value < min || value > max) {
            throw new IllegalArgumentException("--" + name + " is " + value + ", but must be " + min + " to " + max);
        }
        return value;
    }

    /** The options that {@link LoadShape} is made of. */
    public LoadShape shape() {
        int producers = number("producers", 1, 1000);
        return new LoadShape(
                number("entry-bytes", 8, 2 << 20),
                number("in-flight", producers, 1 << 20),
                number("ledgers", 1, 10_000_000),
                producers);
    }
}
