package io.daybook.lease;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Says who keeps a lease from ending; used only when {@link Lease#end} has given up. */
final class Holders {

    private static final int FRAMES_MAX = 12;
    private static final Set<String> OURS = Set.of(Lease.class.getName(), RecordedHold.class.getName());

    private Holders() {}

    static List<String> ofRecorded(Set<RecordedHold> outstanding) {
        List<String> holders = new ArrayList<>();
        for (RecordedHold hold : outstanding) {
            holders.add(hold.describe());
        }
        return holders;
    }

    /** The last thread that took a hold on each stripe that is still held: a hint, as threads share stripes. */
    static List<String> ofStripes(Stripe[] stripes) {
        List<String> holders = new ArrayList<>();
        Map<Thread, StackTraceElement[]> stacks = Thread.getAllStackTraces();
        for (Stripe stripe : stripes) {
            long count = stripe.count();
            if (count != 0) {
                holders.add(count + (count == 1 ? " hold" : " holds") + ", last taken by "
                        + lastThread(stripe.lastThreadId(), stacks));
            }
        }
        return holders;
    }

    static String describe(String threadName, StackTraceElement[] stack) {
        StringBuilder text = new StringBuilder("thread \"").append(threadName).append('"');
        int frames = 0;
        for (StackTraceElement frame : stack) {
            if (OURS.contains(frame.getClassName())) {
                continue;
            }
            if (frames++ == FRAMES_MAX) {
                text.append(" < …");
                break;
            }
            text.append(frames == 1 ? " at " : " < ").append(frame);
        }
        return text.toString();
    }

    private static String lastThread(long threadId, Map<Thread, StackTraceElement[]> stacks) {
        for (Map.Entry<Thread, StackTraceElement[]> entry : stacks.entrySet()) {
            if (entry.getKey().getId() == threadId) {
                return describe(entry.getKey().getName(), entry.getValue());
            }
        }
        return "thread id " + threadId + ", which has ended or is virtual";
    }
}
