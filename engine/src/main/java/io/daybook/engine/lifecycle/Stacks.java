package io.daybook.engine.lifecycle;

/** Says where a thread is, for reports of what overran. */
final class Stacks {
    private static final int FRAMES_MAX = 12;

    private Stacks() {}

    static String of(Thread thread) {
        StringBuilder text = new StringBuilder(thread.getName());
        StackTraceElement[] stack = thread.getStackTrace();
        for (int i = 0; i < Math.min(stack.length, FRAMES_MAX); i++) {
            text.append(i == 0 ? " at " : " < ").append(stack[i]);
        }
        return text.toString();
    }
}
