package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.Durability;
import io.daybook.engine.ShutdownReport;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFault;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A failure that a close is the first to meet: no change waits for it, so the report must tell. */
class FailureInCloseTest {

    @ParameterizedTest
    @CsvSource({
        // The seal is not written, or not synced; what was deferred is not synced.
        "SYNC, EIO_WRITE, SYNC_JOURNAL",
        "SYNC, NO_SPACE_WRITE, SYNC_JOURNAL",
        "SYNC, EIO_SYNC_KEPT, SYNC_JOURNAL",
        "DEFERRED, EIO_SYNC_KEPT, DRAIN_APPENDS"
    })
    void isInItsReport(Durability durability, StorageFault fault, String stage) throws Exception {
        Script script = new Script("close", durability, 64, true, run -> {});
        SimStorage disk = SimStorage.create(1);
        MemoryIndexDouble index = new MemoryIndexDouble(shown -> shown);
        Subject subject = ScriptRun.subject(script, Rig.plain(), disk, index);
        subject.open(() -> 1);
        var appended = subject.engine.append(1, 0, Unpooled.wrappedBuffer(new byte[10]));
        subject.pump();
        assertThat(appended).isCompleted();
        disk.failAt(disk.operations() + 1, fault, false, path -> path.contains("segment"));
        ShutdownReport report = subject.engine.shutdown();
        assertThat(disk.faultsFired()).isEqualTo(1);
        assertThat(report.clean()).as("%s", report).isFalse();
        assertThat(report.stages())
                .filteredOn(result -> result.outcome() == ShutdownReport.Outcome.FAILED)
                .extracting(ShutdownReport.StageResult::name)
                .containsExactly(stage);
        assertThat(disk.openFiles()).isEmpty();
        assertThat(disk.locks()).isZero();
    }
}
