package io.daybook.lease;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.lease.LeasedHandle.CheckThenIncrement;
import io.daybook.lease.LeasedHandle.Compact;
import io.daybook.lease.LeasedHandle.Debug;
import io.daybook.lease.LeasedHandle.ReleaseOnAnotherStripe;
import io.daybook.lease.LeasedHandle.Striped;
import io.daybook.lease.LeasedHandle.Unbroken;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lincheck runs the lease itself, with a fake native handle, in the orders that it finds worth it: model checking steers
 * every access to shared memory, the stress mode leaves it to the machine. Covers rule 39: release by another thread, acquires
 * that fail while the lease ends, endings. Two broken leases must be found, else this finds nothing.
 */
@Tag("proof")
@Timeout(600)
class LeaseLincheckTest {

    @ParameterizedTest
    @ValueSource(classes = {Striped.class, Compact.class, Unbroken.class})
    void noOrderOfStepsFreesAHandleInUse(Class<?> handle) {
        assertThatCode(() -> modelChecking().check(handle)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(classes = {Striped.class, Compact.class, Debug.class})
    void noRaceOfThreadsFreesAHandleInUse(Class<?> handle) {
        assertThatCode(() -> stress().check(handle)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(classes = {CheckThenIncrement.class, ReleaseOnAnotherStripe.class})
    void brokenLeaseIsFound(Class<?> handle) {
        assertThatThrownBy(() -> modelChecking().iterations(100).check(handle))
                .hasMessageContaining("used after it was freed");
    }

    private static ModelCheckingOptions modelChecking() {
        return common(new ModelCheckingOptions())
                .invocationsPerIteration(300)
                .actorsPerThread(2)
                // Texts for a report: they look at the stacks of all threads, which differ from run to run.
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(Holders.class.getName())
                        .allMethods()
                        .ignore());
    }

    private static StressOptions stress() {
        return common(new StressOptions()).invocationsPerIteration(1_000).actorsPerThread(3);
    }

    private static <O extends Options<O, ?>> O common(O options) {
        return options.iterations(20)
                .threads(3)
                .actorsBefore(2)
                .actorsAfter(1)
                .sequentialSpecification(LeasedHandle.Alone.class);
    }
}
