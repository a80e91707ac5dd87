package io.daybook.engine.model;

import io.daybook.engine.LedgerEngine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Makes an engine that answers one call wrong. */
final class MutantEngine {

    private MutantEngine() {}

    /** What comes of a call. */
    @FunctionalInterface
    interface Answer {
        Object answer(LedgerEngine right, String method, Object[] arguments, Call call) throws Throwable;
    }

    /** The call to the engine itself, perhaps with other arguments. */
    @FunctionalInterface
    interface Call {
        Object call(Object[] arguments) throws Throwable;
    }

    static LedgerEngine of(LedgerEngine right, Answer answer) {
        return (LedgerEngine) Proxy.newProxyInstance(
                MutantEngine.class.getClassLoader(),
                new Class<?>[] {LedgerEngine.class},
                (proxy, method, arguments) -> answer.answer(right, method.getName(), arguments, changed -> {
                    try {
                        return method.invoke(right, changed);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
