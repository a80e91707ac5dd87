package io.daybook.lease;

import java.util.List;

/**
 * What one call of {@link Lease#end} found.
 *
 * @param lease name and generation of the lease
 * @param drained whether all endings have run and no hold is left: only then may the owner free what the lease guards
 * @param holds how many holds were left; 0 if drained, and also while another thread still runs the endings
 * @param holders who holds, one text for each known holder, empty if drained. A debug lease gives the exact thread and
 *     stack of each hold. Any other lease gives, for each counter that is not zero, the thread that last took a hold there
 *     and where it is now: a good hint, not a proof
 * @param failures endings that threw, in the order in which they ran; the same in each report of a lease
 * @param nanos how long this call took
 */
public record EndReport(
        String lease, boolean drained, long holds, List<String> holders, List<Failure> failures, long nanos) {

    /**
     * An ending that threw. The endings after it ran all the same.
     *
     * @param ending the name it was registered under
     * @param cause what it threw
     */
    public record Failure(String ending, Throwable cause) {}

    /** {@return one line for a log, holders included} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(lease)
                .append(drained ? " drained" : " not drained")
                .append(" after ")
                .append(nanos / 1_000_000)
                .append(" ms");
        if (!drained) {
            text.append(", holds left: ").append(holds);
        }
        holders.forEach(holder -> text.append("; held: ").append(holder));
        failures.forEach(failure -> text.append("; ending failed: ")
                .append(failure.ending())
                .append(": ")
                .append(failure.cause()));
        return text.toString();
    }
}
