package io.daybook.stats;

import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Reads live state under a hold, at each scrape. When the lease refuses, the supplier throws or it has nothing to tell, the
 * last value is shown again, or nothing if there was none.
 */
final class LiveChild implements Child {

    /** Lease and supplier belong together: the one guards what the other reads. */
    private record Source(Lease lease, LongSupplier supplier) {}

    private final CounterChild failures;
    private volatile Source source;
    private volatile long last = EngineMetrics.NO_VALUE;

    LiveChild(CounterChild failures) {
        this.failures = failures;
    }

    void readFrom(Lease lease, LongSupplier supplier) {
        source = new Source(lease, supplier);
    }

    @Override
    public void sample(MetricSpec spec, List<String> labelValues, List<Sample> out) {
        long value = read();
        if (value != EngineMetrics.NO_VALUE) {
            out.add(new Sample(spec.name(), spec.labels(), labelValues, value));
        }
    }

    private long read() {
        Source from = source;
        Hold hold = from == null ? null : from.lease().tryAcquire();
        if (hold == null) {
            return last;
        }
        try (hold) {
            long value = from.supplier().getAsLong();
            if (value != EngineMetrics.NO_VALUE) {
                last = value;
            }
        } catch (Throwable e) {
            // Whatever it is, an Error too: one throwing sample would take all other metrics of the process with it.
            failures.add(1);
        }
        return last;
    }
}
