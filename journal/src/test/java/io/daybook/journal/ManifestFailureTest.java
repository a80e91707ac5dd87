package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.storage.SimStorage;
import java.io.IOException;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

/** After a failed change of the manifest there is no other: a second one behind a torn first would make damage of both copies. */
class ManifestFailureTest {

    @Test
    void aChangeThatFailedIsTheLast() throws Exception {
        for (int step = 1; step <= 4; step++) {
            SimStorage disk = SimStorage.create(step);
            SegmentCatalog catalog = SegmentCatalog.create(disk, new SecureRandom());
            catalog.put(SegmentEntry.open(catalog.allocateSegmentId(), 1));
            long failing = disk.operations() + step;
            disk.onOperation((number, operation, path) -> {
                if (number == failing) {
                    throw new IOException("fails: " + operation + " " + path);
                }
            });
            assertThatThrownBy(() -> catalog.put(SegmentEntry.open(catalog.allocateSegmentId(), 2)))
                    .as("step %d", step)
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> catalog.put(SegmentEntry.open(catalog.allocateSegmentId(), 3)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("after one failed");
            assertThatThrownBy(() -> catalog.closed(java.util.List.of(), 9)).isInstanceOf(IOException.class);
            catalog.close();
            assertThat(SegmentCatalog.load(disk, true).segment(1)).isNotNull();
        }
    }
}
