package io.daybook.engine.model;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.LedgerException;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.fuzz.Target;
import io.daybook.journal.JournalException;
import io.daybook.journal.StoreBytes;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The open of a store whose files were changed: closed or killed, with a table of ledgers or without. What opens answers with the
 * bytes that were appended or with an error, takes an append, and opens again.
 *
 * <p>An input is a mode byte, then edits of eight bytes and more: which file, what, where (in 1/65536 of the file, or near the
 * begin of one of its blocks), how many bytes, and the bytes.
 */
public final class StoreTarget implements Target {
    private static final int CHECKSUMS = 4;
    private static final int EDITS_MAX = 8;
    private static final int ENTRY_BYTES = 700;

    private final List<SimStorage> stores = new ArrayList<>();

    @Override
    public void run(byte[] input) throws Exception {
        if (input.length < 2) {
            return;
        }
        makeStores();
        SimStorage disk = stores.get((input[0] & 3) % stores.size()).crashClone(Power.KILL, 1);
        edit(disk, input);
        boolean repaired = (input[0] & CHECKSUMS) != 0;
        if (repaired) {
            StoreBytes.repair(disk, "journal");
        }
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
        if (cycle(disk, allocator, repaired)) {
            Target.check(cycle(disk, allocator, repaired), "what was opened and closed in order does not open again");
        }
        Target.check(disk.openFiles().isEmpty(), disk.openFiles());
        Target.check(disk.locks() == 0, disk.locks());
        Target.check(
                allocator.metric().usedDirectMemory() == 0 && allocator.metric().usedHeapMemory() == 0, "buffers leak");
    }

    private static void edit(SimStorage disk, byte[] input) throws IOException {
        List<String> files = disk.files();
        int at = 1;
        for (int edit = 0; edit < EDITS_MAX && at + 6 <= input.length; edit++) {
            String file = files.get((input[at] & 0xff) % files.size());
            int what = input[at + 1] & 0xff;
            int where = (input[at + 2] & 0xff) << 8 | input[at + 3] & 0xff;
            int count = Math.min(input[at + 4] & 0xff, input.length - at - 5);
            byte[] old = disk.content(file);
            byte[] content = old;
            int offset =
                    (what & 1) == 0 ? (int) ((long) where * old.length >>> 16) : (where >>> 8) * 4096 + (where & 0xff);
            switch (what >>> 1 & 7) {
                case 0, 1, 2, 3 -> {
                    content = old.clone();
                    for (int i = 0; i < count && offset + i < content.length; i++) {
                        content[offset + i] = input[at + 5 + i];
                    }
                }
                case 4 -> content = java.util.Arrays.copyOf(old, Math.min(old.length, offset));
                case 5 -> content = java.util.Arrays.copyOf(old, Math.min(1 << 20, old.length + offset));
                case 6 -> content = null;
                default -> {
                    // A block of the file, or of its end, in the place of another one.
                    content = old.clone();
                    int from = count * 4096;
                    int bytes = Math.max(0, Math.min(4096, Math.min(old.length - from, old.length - offset)));
                    if (bytes > 0) {
                        System.arraycopy(old, from, content, offset, bytes);
                    }
                }
            }
            if (content == null) {
                disk.remove(file);
                files = disk.files();
            } else {
                disk.put(file, content);
            }
            at += 5 + ((what >>> 1 & 7) < 4 ? count : 0);
        }
    }

    /** Opens, reads all, appends, closes; whether it opened. */
    private static boolean cycle(SimStorage disk, UnpooledByteBufAllocator allocator, boolean repaired)
            throws IOException {
        TestEngines opened;
        try {
            opened = open(disk, allocator);
        } catch (LedgerException | JournalException e) {
            Target.check(e.getMessage() != null && !e.getMessage().isEmpty(), e);
            return false;
        } catch (java.nio.file.NoSuchFileException | java.nio.file.FileAlreadyExistsException e) {
            // As is translated for users.
            return false;
        }
        try (LedgerEngine engine = opened.engine()) {
            for (long ledger : engine.ledgers().toArray()) {
                readAll(engine, ledger, repaired);
            }
            append(opened, 77, engine.exists(77) ? engine.lastEntryId(77).orElse(0) : 0);
        }
        return true;
    }

    private static void readAll(LedgerEngine engine, long ledger, boolean repaired) {
        int met = 0;
        boolean more = true;
        try (EntryCursor cursor = engine.scan(ledger, 0, Long.MAX_VALUE - 1)) {
            while (more && met++ < 10_000) {
                try {
                    more = cursor.next();
                } catch (CorruptEntryException e) {
                    continue;
                }
                if (more && !repaired) {
                    byte[] bytes = io.netty.buffer.ByteBufUtil.getBytes(cursor.entry());
                    Target.check(
                            java.util.Arrays.equals(bytes, payload(ledger, cursor.entryId())),
                            "ledger " + ledger + ", entry " + cursor.entryId() + " reads as something else");
                }
            }
        }
        Target.check(!more, "ledger " + ledger + " does not end");
        engine.metadata(ledger).ifPresent(ByteBuf::release);
        Target.check(engine.entryCount(ledger) >= 0 && engine.lastAddConfirmed(ledger) >= -1, ledger);
    }

    private static void append(TestEngines opened, long ledger, long entry) {
        LedgerEngine engine = opened.engine();
        ByteBuf buffer = Unpooled.wrappedBuffer(payload(ledger, entry));
        CompletableFuture<Void> appended = engine.appendRecovery(ledger, entry, buffer);
        for (int i = 0; i < 100 && !appended.isDone(); i++) {
            opened.pump();
        }
        Target.check(appended.isDone(), "an append does not end");
        appended.join();
        ByteBuf read = engine.read(ledger, entry);
        try {
            Target.check(read.equals(Unpooled.wrappedBuffer(payload(ledger, entry))), "what was appended");
        } finally {
            read.release();
        }
    }

    private static TestEngines open(SimStorage disk, UnpooledByteBufAllocator allocator) throws IOException {
        long[] nanos = new long[1];
        return TestEngines.open(
                EngineConfig.builder(Path.of("/fuzzed"))
                        .memoryBudget(EngineConfig.MEMORY_BUDGET_MIN)
                        .segmentBytes(EngineConfig.SEGMENT_BYTES_MIN)
                        .entryBytesMax(4096)
                        .inFlightBytesMax(48 << 10)
                        .diskReserveBytes(0)
                        .allocator(allocator)
                        .build(),
                new Environment(
                        disk,
                        disk.directory("journal", true),
                        new MemoryIndexDouble(index -> index),
                        () -> nanos[0] += 1_000_000,
                        new SeededRandom(1),
                        false,
                        64,
                        1 << 20,
                        4));
    }

    private static byte[] payload(long ledger, long entry) {
        byte[] unit = (ledger + "/" + entry + ";").getBytes(StandardCharsets.US_ASCII);
        byte[] payload = new byte[ENTRY_BYTES];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = unit[i % unit.length];
        }
        return payload;
    }

    /** Closed; killed; killed with several open segments behind a table of ledgers. */
    private synchronized void makeStores() throws IOException {
        if (!stores.isEmpty()) {
            return;
        }
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
        SimStorage disk = SimStorage.create(1);
        TestEngines opened = open(disk, allocator);
        fill(opened, 0, 60);
        SimStorage killed = disk.crashClone(Power.KILL, 1);
        fill(opened, 60, 400);
        opened.engine().trimBefore(1, 300);
        opened.engine().delete(2);
        for (int i = 0; i < 200; i++) {
            opened.pump();
        }
        opened.engine().flush();
        for (int i = 0; i < 2000; i++) {
            opened.pump();
        }
        fill(opened, 400, 460);
        SimStorage reclaimed = disk.crashClone(Power.KILL, 1);
        opened.engine().close();
        stores.add(disk);
        stores.add(killed);
        stores.add(reclaimed);
    }

    private static void fill(TestEngines opened, int from, int to) {
        for (int i = from; i < to; i++) {
            for (long ledger = 1; ledger < 4; ledger++) {
                ByteBuf buffer = Unpooled.wrappedBuffer(payload(ledger, i));
                CompletableFuture<Void> appended = opened.engine().append(ledger, i, buffer);
                while (!appended.isDone()) {
                    opened.pump();
                }
                appended.join();
            }
            if (i % 50 == 10) {
                opened.engine().putMetadata(3, Unpooled.copiedBuffer("metadata " + i, StandardCharsets.US_ASCII));
                opened.engine().setLastAddConfirmed(3, i);
            }
        }
    }

    @Override
    public long heapBytesMax(int inputBytes) {
        return 256L << 20;
    }

    @Override
    public int inputBytesMax() {
        return 300;
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (int store = 0; store < 3; store++) {
            for (int file = 0; file < 6; file++) {
                seeds.add(new byte[] {(byte) store, (byte) file, 1, 1, 70, 1, 9});
                seeds.add(new byte[] {(byte) (store | CHECKSUMS), (byte) file, 1, 1, 8, 4, 127, 127, 127, 127});
                seeds.add(new byte[] {(byte) (store | CHECKSUMS), (byte) file, 0, 70, 8, 4, 127, 127, 127, 127});
            }
            seeds.add(new byte[] {(byte) store, 4, 8, 99, 1, 0, 1, 12, 0, 0, 0});
            seeds.add(new byte[] {(byte) store, 3, 15, 2, 0, 3, 5, 10, 9, 9, 9});
        }
        return seeds;
    }
}
