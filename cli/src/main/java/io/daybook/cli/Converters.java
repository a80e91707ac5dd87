package io.daybook.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads values of options and parameters, each with an error that names what is allowed. */
final class Converters {
    private Converters() {}

    /** Bytes: {@code 4096}, {@code 64KiB}, {@code 1.5 GiB}; more than nothing. */
    static final class Size implements ITypeConverter<Long> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,19}(?:\\.\\d{1,9})?)\\s*([a-zA-Z]*)");
        private static final Map<String, Integer> SHIFTS =
                Map.of("", 0, "b", 0, "kib", 10, "mib", 20, "gib", 30, "tib", 40, "k", 10, "m", 20, "g", 30, "t", 40);

        @Override
        public Long convert(String value) {
            Matcher matcher = FORM.matcher(value.strip());
            Integer shift = matcher.matches() ? SHIFTS.get(matcher.group(2).toLowerCase(Locale.ROOT)) : null;
            if (shift == null) {
                throw new TypeConversionException("'" + value
                        + "' is not a size: write bytes, or a number with KiB, MiB, GiB or TiB, like 64MiB");
            }
            BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(1L << shift));
            if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
                throw new TypeConversionException("'" + value + "' is more than " + Long.MAX_VALUE + " bytes");
            }
            long whole = bytes.setScale(0, RoundingMode.HALF_UP).longValueExact();
            if (whole < 1) {
                throw new TypeConversionException("'" + value + "' is less than 1 byte");
            }
            return whole;
        }
    }

    /** A whole number in a range. */
    private abstract static class Whole implements ITypeConverter<Long> {
        private final String what;
        private final long min;
        private final long max;

        Whole(String what, long min, long max) {
            this.what = what;
            this.min = min;
            this.max = max;
        }

        @Override
        public Long convert(String value) {
            try {
                long number = Long.parseLong(value.strip());
                if (number >= min && number <= max) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Told below, with the range.
            }
            throw new TypeConversionException("'" + value + "' is not " + what + ", " + min + " to " + max);
        }
    }

    /** A ledger id. */
    static final class LedgerId extends Whole {
        LedgerId() {
            super("a ledger id", 0, Long.MAX_VALUE);
        }
    }

    /** An entry id. */
    static final class EntryId extends Whole {
        EntryId() {
            super("an entry id", 0, Long.MAX_VALUE - 1);
        }
    }

    /** How many. */
    static final class Count extends Whole {
        Count() {
            super("a count", 0, Long.MAX_VALUE);
        }
    }

    /** A number of seconds. */
    static final class Seconds extends Whole {
        Seconds() {
            super("a number of seconds", 1, 600);
        }
    }

    /** A number of JVMs of the demo. */
    static final class Runs extends Whole {
        Runs() {
            super("a number of JVMs", 1, 1000);
        }
    }

    /** A number of ledgers of the demo. */
    static final class Ledgers extends Whole {
        Ledgers() {
            super("a number of ledgers", 1, 100_000);
        }
    }

    /** A number of entries in flight. */
    static final class InFlight extends Whole {
        InFlight() {
            super("a number of entries in flight", 1, 1_000_000);
        }
    }

    /** A directory, which need not exist. */
    static final class Directory implements ITypeConverter<Path> {
        @Override
        public Path convert(String value) {
            if (value.isEmpty()) {
                throw new TypeConversionException("a directory has a name");
            }
            try {
                return Path.of(value);
            } catch (InvalidPathException e) {
                throw new TypeConversionException(Failures.oneLine(e.getMessage()));
            }
        }
    }
}
