package io.daybook.fuzz;

import io.daybook.cli.ConvertersTarget;
import io.daybook.cli.SplitterTarget;
import io.daybook.engine.model.StoreTarget;
import io.daybook.index.BucketTarget;
import io.daybook.index.StateTarget;
import io.daybook.journal.ContentsTarget;
import io.daybook.journal.FooterTarget;
import io.daybook.journal.FramesTarget;
import io.daybook.journal.LedgerTableTarget;
import io.daybook.journal.ManifestTarget;
import io.daybook.journal.SegmentHeaderTarget;
import java.util.List;

/** All targets by name. */
public enum Targets {
    FRAMES(new FramesTarget()),
    SEGMENT_HEADER(new SegmentHeaderTarget()),
    FOOTER(new FooterTarget()),
    CONTENTS(new ContentsTarget()),
    LEDGER_TABLE(new LedgerTableTarget()),
    MANIFEST(new ManifestTarget()),
    BUCKET(new BucketTarget()),
    STATE(new StateTarget()),
    SPLITTER(new SplitterTarget()),
    CONVERTERS(new ConvertersTarget()),
    STORE(new StoreTarget()),
    /** A decoder with a mistake: what does not find it finds nothing. */
    CONTROL(new ControlTarget());

    private final Target target;

    Targets(Target target) {
        this.target = target;
    }

    /** Returns the target. */
    public Target target() {
        return target;
    }

    /** Returns the targets without the control. */
    public static List<Targets> real() {
        return List.of(values()).stream().filter(target -> target != CONTROL).toList();
    }

    /** Runs an input within the target's bounds. */
    void check(byte[] input) throws Exception {
        Bounds.run(target, input);
    }
}
