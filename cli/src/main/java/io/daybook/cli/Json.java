package io.daybook.cli;

import java.util.List;
import java.util.OptionalLong;

/** Builds one JSON object on one line. <b>Confined to one thread.</b> */
final class Json {
    private final StringBuilder text = new StringBuilder("{");

    Json put(String name, long value) {
        name(name).append(value);
        return this;
    }

    Json put(String name, boolean value) {
        name(name).append(value);
        return this;
    }

    Json put(String name, OptionalLong value) {
        StringBuilder to = name(name);
        if (value.isPresent()) {
            to.append(value.getAsLong());
        } else {
            to.append("null");
        }
        return this;
    }

    /** A number with three decimals, null where it is none. */
    Json put(String name, double value) {
        StringBuilder to = name(name);
        if (Double.isFinite(value)) {
            to.append(Math.round(value * 1000) / 1000.0);
        } else {
            to.append("null");
        }
        return this;
    }

    Json put(String name, String value) {
        quote(name(name), value);
        return this;
    }

    Json put(String name, List<Json> objects) {
        StringBuilder to = name(name).append('[');
        for (int i = 0; i < objects.size(); i++) {
            to.append(i == 0 ? "" : ",").append(objects.get(i));
        }
        to.append(']');
        return this;
    }

    /** The object as it stands, without a line end. */
    @Override
    public String toString() {
        return text + "}";
    }

    private StringBuilder name(String name) {
        if (text.length() > 1) {
            text.append(',');
        }
        quote(text, name);
        return text.append(':');
    }

    private static void quote(StringBuilder to, String value) {
        to.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> to.append("\\\"");
                case '\\' -> to.append("\\\\");
                case '\n' -> to.append("\\n");
                case '\r' -> to.append("\\r");
                case '\t' -> to.append("\\t");
                default -> {
                    if (c < 0x20 || Character.isSurrogate(c) || c == 0x7f) {
                        to.append(String.format("\\u%04x", (int) c));
                    } else {
                        to.append(c);
                    }
                }
            }
        }
        to.append('"');
    }
}
