package io.daybook.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A sink in a new directory and the producers that load it, for benchmarks whose threads JMH runs. */
final class LoadedStore {
    private final LoadShape shape;
    private final Workspace workspace;
    private final AppendSink sink;
    private final List<Producer> producers = new CopyOnWriteArrayList<>();
    private LoadMeter meter;

    private LoadedStore(LoadShape shape, Workspace workspace, AppendSink sink) {
        this.shape = shape;
        this.workspace = workspace;
        this.sink = sink;
    }

    static LoadedStore open(String sinkName, LoadShape shape) throws IOException {
        Workspace workspace = Workspace.create(sinkName);
        AppendSink sink = Sinks.open(sinkName, workspace.path(), shape);
        workspace.usedBy(sink);
        return new LoadedStore(shape, workspace, sink);
    }

    /** Adds a producer; before the first slice. */
    Producer join(int index) {
        Producer producer = new Producer(sink, shape, index);
        producers.add(producer);
        return producer;
    }

    /** Begins to measure what JMH does not. */
    void beginSlice() {
        if (meter == null) {
            meter = new LoadMeter(producers);
        }
        meter.begin();
    }

    /** Prints it and gives it to {@link LoadProfiler}. */
    void endSlice() {
        LoadStats stats = meter.end();
        LoadProfiler.report(stats);
        LoadProfiler.remark(stats.describe());
    }

    /** Waits for what is in flight, checks that the sink holds it all, closes and deletes it. */
    void close() throws IOException {
        try {
            producers.forEach(Producer::drain);
            LoadRun.check(sink, shape, producers);
        } finally {
            sink.close();
            workspace.usedBy(null);
            workspace.close();
        }
    }
}
