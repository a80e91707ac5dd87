package io.daybook.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes JSON as maps, lists, strings, doubles, booleans and null. What is no number in JSON (NaN) is written as null.
 */
public final class Json {
    private static final int INDENT = 2;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /**
     * Reads one value.
     *
     * @throws IllegalArgumentException naming the place where it is no JSON
     */
    public static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.blanks();
        if (json.at < text.length()) {
            throw json.wrong("end");
        }
        return value;
    }

    /** Writes a value on one line. */
    public static String line(Object value) {
        StringBuilder out = new StringBuilder();
        write(out, value, -1);
        return out.toString();
    }

    /** Writes a value over many lines: maps and lists of maps are broken, all else is not. */
    public static String text(Object value) {
        StringBuilder out = new StringBuilder();
        write(out, value, 0);
        return out.append('\n').toString();
    }

    private Object value() {
        blanks();
        char first = at < text.length() ? text.charAt(at) : 0;
        switch (first) {
            case '{':
                return map();
            case '[':
                return list();
            case '"':
                return string();
            case 't':
                return word("true", true);
            case 'f':
                return word("false", false);
            case 'n':
                return word("null", null);
            default:
                return number();
        }
    }

    private Map<String, Object> map() {
        Map<String, Object> map = new LinkedHashMap<>();
        at++;
        while (!next('}')) {
            if (!map.isEmpty()) {
                expect(',');
            }
            blanks();
            String key = string();
            expect(':');
            map.put(key, value());
        }
        return map;
    }

    private List<Object> list() {
        List<Object> list = new ArrayList<>();
        at++;
        while (!next(']')) {
            if (!list.isEmpty()) {
                expect(',');
            }
            list.add(value());
        }
        return list;
    }

    private String string() {
        if (at >= text.length() || text.charAt(at) != '"') {
            throw wrong("a string");
        }
        StringBuilder string = new StringBuilder();
        for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
            char c = text.charAt(at);
            string.append(c == '\\' ? escaped() : c);
        }
        if (at >= text.length()) {
            throw wrong("the end of a string");
        }
        at++;
        return string.toString();
    }

    private char escaped() {
        at++;
        char c = at < text.length() ? text.charAt(at) : 0;
        switch (c) {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'u':
                if (at + 4 >= text.length()) {
                    throw wrong("four digits");
                }
                at += 4;
                return (char) Integer.parseInt(text.substring(at - 3, at + 1), 16);
            case '"':
            case '\\':
            case '/':
                return c;
            default:
                throw wrong("an escaped character");
        }
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) {
            throw wrong(word);
        }
        at += word.length();
        return value;
    }

    private Double number() {
        int begin = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        try {
            return Double.valueOf(text.substring(begin, at));
        } catch (NumberFormatException e) {
            at = begin;
            throw wrong("a value");
        }
    }

    private void blanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean next(char c) {
        blanks();
        boolean there = at < text.length() && text.charAt(at) == c;
        at += there ? 1 : 0;
        return there;
    }

    private void expect(char c) {
        if (!next(c)) {
            throw wrong("'" + c + "'");
        }
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException("no JSON: expected " + expected + " at character " + at);
    }

    /** @param indent of the line that the value begins on; negative: all on one line */
    private static void write(StringBuilder out, Object value, int indent) {
        if (value instanceof Map<?, ?> map) {
            writeMap(out, map, indent);
        } else if (value instanceof List<?> list) {
            writeList(out, list, indent);
        } else if (value instanceof Number number) {
            writeNumber(out, number.doubleValue());
        } else if (value == null || value instanceof Boolean) {
            out.append(value);
        } else {
            writeString(out, value.toString());
        }
    }

    private static void writeMap(StringBuilder out, Map<?, ?> map, int indent) {
        boolean broken = indent >= 0 && map.values().stream().anyMatch(v -> v instanceof Map || v instanceof List);
        String separator = "";
        out.append('{');
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator);
            newLine(out, broken, indent + INDENT);
            writeString(out, entry.getKey().toString());
            out.append(": ");
            write(out, entry.getValue(), broken ? indent + INDENT : -1);
            separator = broken ? "," : ", ";
        }
        newLine(out, broken && !map.isEmpty(), indent);
        out.append('}');
    }

    private static void writeList(StringBuilder out, List<?> list, int indent) {
        boolean broken = indent >= 0 && list.stream().anyMatch(Map.class::isInstance);
        String separator = "";
        out.append('[');
        for (Object element : list) {
            out.append(separator);
            newLine(out, broken, indent + INDENT);
            write(out, element, broken ? indent + INDENT : -1);
            separator = broken ? "," : ", ";
        }
        newLine(out, broken, indent);
        out.append(']');
    }

    private static void newLine(StringBuilder out, boolean broken, int indent) {
        if (broken) {
            out.append('\n').append(" ".repeat(indent));
        }
    }

    private static void writeNumber(StringBuilder out, double number) {
        if (!Double.isFinite(number)) {
            out.append("null");
        } else if (number == Math.rint(number) && Math.abs(number) < 1e15) {
            out.append((long) number);
        } else {
            out.append(number);
        }
    }

    private static void writeString(StringBuilder out, String string) {
        out.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
