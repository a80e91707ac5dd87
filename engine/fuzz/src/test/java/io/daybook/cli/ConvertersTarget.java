package io.daybook.cli;

import io.daybook.fuzz.Target;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Values of options, and whole command lines: read, not run. */
public final class ConvertersTarget implements Target {
    private static final Map<String, Integer> SHIFTS = Map.of("kib", 10, "mib", 20, "gib", 30, "tib", 40);

    private final CommandLine line = new CommandLine(new RootCommand(null)).setExpandAtFiles(false);

    private record Whole(ITypeConverter<Long> converter, long min, long max) {}

    private static final List<Whole> WHOLE = List.of(
            new Whole(new Converters.LedgerId(), 0, Long.MAX_VALUE),
            new Whole(new Converters.EntryId(), 0, Long.MAX_VALUE - 1),
            new Whole(new Converters.Count(), 0, Long.MAX_VALUE),
            new Whole(new Converters.Seconds(), 1, 600),
            new Whole(new Converters.Runs(), 1, 1000),
            new Whole(new Converters.Ledgers(), 1, 100_000),
            new Whole(new Converters.InFlight(), 1, 1_000_000));

    @Override
    public void run(byte[] input) throws Exception {
        String text = new String(input, StandardCharsets.UTF_8);
        size(text);
        for (Whole whole : WHOLE) {
            try {
                long value = whole.converter().convert(text);
                Target.check(value >= whole.min() && value <= whole.max(), value);
            } catch (TypeConversionException e) {
                Target.check(e.getMessage().contains(text), e);
            }
        }
        try {
            Target.check(!new Converters.Directory().convert(text).toString().isEmpty() || text.matches("/*"), text);
        } catch (TypeConversionException e) {
            Target.check(
                    text.isEmpty() || text.indexOf(0) >= 0 || !e.getMessage().isEmpty(), e);
        }
        if (text.indexOf(' ') < 0) {
            return;
        }
        try {
            line.parseArgs(text.split("[\n ]"));
        } catch (CommandLine.ParameterException e) {
            Target.check(Failures.oneLine(String.valueOf(e.getMessage())).indexOf('\n') < 0, e);
        }
    }

    private static void size(String text) throws Exception {
        long bytes;
        try {
            bytes = new Converters.Size().convert(text);
        } catch (TypeConversionException e) {
            Target.check(e.getMessage().contains(text), e);
            return;
        }
        Target.check(bytes >= 1, bytes);
        String lower = text.strip().toLowerCase(Locale.ROOT);
        for (Map.Entry<String, Integer> unit : SHIFTS.entrySet()) {
            if (lower.endsWith(unit.getKey())) {
                BigDecimal number = new BigDecimal(
                        lower.substring(0, lower.length() - unit.getKey().length())
                                .strip());
                Target.check(
                        number.multiply(BigDecimal.valueOf(1L << unit.getValue()))
                                        .setScale(0, RoundingMode.HALF_UP)
                                        .longValueExact()
                                == bytes,
                        bytes);
            }
        }
    }

    @Override
    public long heapBytesMax(int inputBytes) {
        // Picocli reflects on all commands.
        return 64L << 20;
    }

    @Override
    public int inputBytesMax() {
        return 200;
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (String text : List.of(
                "4096",
                "64MiB",
                "1.5 GiB",
                "9223372036854775807",
                "0.5",
                "-1",
                "\u0661\u0662",
                "/tmp/store",
                "put DIR 7 --ack --format raw --entry-bytes 64KiB",
                "cat DIR 7 --from 1 --count 5 --read-only",
                "ledgers DIR --json",
                "demo --seed-bug --runs 5",
                "help put")) {
            seeds.add(text.getBytes(StandardCharsets.UTF_8));
        }
        return seeds;
    }
}
