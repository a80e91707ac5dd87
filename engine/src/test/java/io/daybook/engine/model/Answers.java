package io.daybook.engine.model;

import io.daybook.engine.LedgerException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** What is given to an engine and what comes back, in a form that can be compared. */
final class Answers {

    private Answers() {}

    /** What a call returned, or what it threw. */
    static Object attempt(Supplier<Object> call) {
        try {
            return call.get();
        } catch (LedgerException | IllegalArgumentException | CompletionException | CancellationException e) {
            return e;
        }
    }

    /** What a future failed with, null: it did not, or not yet. */
    static Throwable failure(CompletableFuture<?> future) {
        if (!future.isCompletedExceptionally()) {
            return null;
        }
        // Not by a join, which makes an exception of its own each time.
        Throwable failure = future.handle((value, thrown) -> thrown).join();
        return failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    }

    static String describe(Object answer) {
        return answer instanceof byte[] bytes ? ModelLedger.text(bytes) : String.valueOf(answer);
    }

    static OptionalLong optional(long id) {
        return id == ModelLedger.NONE ? OptionalLong.empty() : OptionalLong.of(id);
    }

    static ByteBuf buffer(byte[] bytes) {
        return Unpooled.wrappedBuffer(bytes.length == 0 ? new byte[1] : bytes).setIndex(0, bytes.length);
    }

    static byte[] copy(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.getBytes(buffer.readerIndex(), bytes);
        return bytes;
    }

    static byte[] taken(ByteBuf buffer) {
        byte[] bytes = copy(buffer);
        buffer.release();
        return bytes;
    }
}
