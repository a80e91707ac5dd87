package io.daybook.engine.races;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.Durability;
import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.WriteBatch;
import io.daybook.testing.ForkedJvm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.PrimitiveIterator;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Calls every method of a closed engine, and of what it had given away, by reflection: so new ones are called too. */
final class AfterCloseChild {
    private static final Duration AT_ONCE = Duration.ofSeconds(2);
    /** These answer on a closed engine too. */
    private static final Set<String> ANSWERING = Set.of("health", "shutdown", "close");

    private static final ByteBuf ENTRY = Unpooled.wrappedBuffer(new byte[10]);
    private static int called;

    private AfterCloseChild() {}

    public static void main(String[] args) throws Exception {
        for (Durability durability : Durability.values()) {
            afterClose(Path.of(args[0], durability.name()), durability);
        }
        System.out.println(called + " calls");
        System.out.println(ForkedJvm.DONE);
    }

    private static void afterClose(Path directory, Durability durability) throws Exception {
        LedgerEngine engine = LedgerEngine.open(
                EngineConfig.builder(directory).durability(durability).build());
        for (int i = 0; i < 1000; i++) {
            engine.append(1, ENTRY);
        }
        engine.sync().join();
        EntryCursor cursor = engine.scan(1, 0, 1000);
        cursor.next();
        PrimitiveIterator.OfLong ids = engine.entries(1);
        ids.nextLong();
        PrimitiveIterator.OfLong looked = engine.entries(1);
        looked.hasNext();
        engine.flush();
        require(engine.shutdown().clean(), "clean close");

        for (Method method : LedgerEngine.class.getMethods()) {
            if (!Modifier.isStatic(method.getModifiers())) {
                if (ANSWERING.contains(method.getName())) {
                    method.invoke(engine);
                } else {
                    refuses(engine, method);
                }
            }
        }
        refuses(cursor, EntryCursor.class.getMethod("next"));
        for (PrimitiveIterator.OfLong iterator : new PrimitiveIterator.OfLong[] {ids, looked}) {
            for (Method method : PrimitiveIterator.OfLong.class.getMethods()) {
                if (!method.getName().equals("remove")) {
                    refuses(iterator, method);
                }
            }
        }
        cursor.close();
        cursor.close();
    }

    private static void refuses(Object target, Method method) throws IllegalAccessException {
        // The classes behind the interfaces need not be public.
        method.setAccessible(true);
        Object[] arguments = Arrays.stream(method.getParameterTypes())
                .map(AfterCloseChild::argument)
                .toArray();
        long start = System.nanoTime();
        try {
            method.invoke(target, arguments);
            throw new AssertionError(method + " works after close");
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof EngineClosedException)) {
                throw new AssertionError(method + " throws something else", e.getCause());
            }
        }
        require(System.nanoTime() - start < AT_ONCE.toNanos(), method + " throws at once");
        called++;
    }

    private static Object argument(Class<?> type) {
        if (type == long.class) {
            return 1L;
        } else if (type == int.class) {
            return 1;
        } else if (type == ByteBuf.class) {
            return ENTRY;
        } else if (type == WriteBatch.class) {
            return new WriteBatch().append(1, 1, ENTRY);
        } else if (type == AppendCallback.class) {
            return (AppendCallback) (ledgerId, entryId, failure, context) -> {
                throw new AssertionError("a call that throws tells no callback");
            };
        } else if (type == Consumer.class) {
            return (Consumer<Object>) id -> {};
        } else if (type == LongConsumer.class || type == Object.class) {
            return (LongConsumer) id -> {};
        }
        throw new AssertionError("no argument known for " + type);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("not so: " + what);
        }
    }
}
