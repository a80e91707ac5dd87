package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.journal.JournalRig.Rec;
import io.daybook.storage.SimStorage;
import io.daybook.testing.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Filling reserved room. */
class TicketTest {
    private final SimStorage disk = SimStorage.create(1);

    @Test
    void anyKindOfBufferIsCopiedAndLeftAsItWas() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        byte[] content = JournalRig.payload(3, 300);
        ByteBuf heap = Unpooled.buffer(400).writeZero(40).writeBytes(content);
        heap.readerIndex(40);
        ByteBuf direct = Unpooled.directBuffer(400).writeZero(7).writeBytes(content);
        direct.readerIndex(7);
        ByteBuf composite = Unpooled.wrappedBuffer(
                Unpooled.copiedBuffer(content, 0, 100),
                Unpooled.directBuffer().writeBytes(content, 100, 150),
                Unpooled.copiedBuffer(content, 250, 50));
        ByteBuf readOnly = heap.duplicate().asReadOnly();
        List<ByteBuf> buffers = List.of(heap, direct, composite, readOnly, heap.slice(40, 300));
        Ticket ticket = new Ticket();
        for (ByteBuf buffer : buffers) {
            int reader = buffer.readerIndex();
            int writer = buffer.writerIndex();
            int count = buffer.refCnt();
            assertThat(rig.reserve(ticket, RecordFormat.bytes(300), 1)).isEqualTo(Journal.Room.GRANTED);
            ticket.fill(RecordType.ENTRY, 7, 1, buffer, 300, false);
            ticket.done();
            assertThat(buffer.readerIndex()).isEqualTo(reader);
            assertThat(buffer.writerIndex()).isEqualTo(writer);
            assertThat(buffer.refCnt()).isEqualTo(count);
        }
        rig.commit();
        assertThat(rig.committed)
                .hasSize(5)
                .allMatch(rec -> rec.payload().equals(new String(content, StandardCharsets.ISO_8859_1)));
        heap.release();
        direct.release();
        composite.release();
        rig.close();
    }

    @Test
    void aReleasedBufferFailsTheFillAndTheFrameGoesOn() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        Ticket ticket = new Ticket();
        rig.reserve(ticket, RecordFormat.bytes(30), 1);
        ByteBuf released = Unpooled.directBuffer(30).writeZero(30);
        released.release();
        assertThatThrownBy(() -> ticket.fill(RecordType.ENTRY, 7, 1, released, 30, false))
                .isInstanceOf(IllegalReferenceCountException.class);
        ticket.abandon();
        Rec rec = rig.append(10);
        rig.commit();
        assertThat(rig.committed).containsExactly(rec);
        rig.close();
    }

    @Test
    void aBatchIsMarkedAndAbandonedAsAWhole() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        Ticket ticket = new Ticket();
        rig.reserve(ticket, RecordFormat.bytes(10) + RecordFormat.bytes(20), 2);
        long lsn = ticket.lsn();
        ticket.fill(RecordType.ENTRY, 7, 1, new byte[10], true);
        assertThat(ticket.lsn()).isEqualTo(lsn + 1);
        ticket.fill(RecordType.ENTRY, 7, 2, new byte[20], false);
        ticket.done();
        rig.reserve(ticket, RecordFormat.bytes(10) + RecordFormat.bytes(20), 2);
        ticket.fill(RecordType.ENTRY, 7, 3, new byte[10], true);
        ticket.abandon();
        rig.commit();
        assertThat(rig.committed).extracting(Rec::entryId).containsExactly(1L, 2L);
        rig.close();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.committed);
    }

    private static void awaitWaiting(Thread thread) throws InterruptedException {
        Await.until(
                thread + " waits",
                () -> thread.getState() != Thread.State.NEW && thread.getState() != Thread.State.RUNNABLE);
    }

    @Test
    void nothingIsWrittenBeforeItIsFilled() throws Exception {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(1);
        rig.commit();
        Ticket ticket = new Ticket();
        rig.reserve(ticket, RecordFormat.bytes(10), 1);
        long written = disk.operations();
        Thread committer = new Thread(rig.journal::commitOnce, "committer");
        committer.start();
        awaitWaiting(committer);
        assertThat(disk.operations()).isEqualTo(written);
        ticket.fill(RecordType.ENTRY, 7, 5, new byte[10], false);
        ticket.done();
        committer.join(10_000);
        rig.commit();
        assertThat(rig.committed).extracting(Rec::entryId).endsWith(5L);
        rig.close();
    }

    @Test
    void whatFailedWhileItWasFilledIsNotWritten() throws Exception {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(1);
        rig.commit();
        Ticket ticket = new Ticket();
        rig.reserve(ticket, RecordFormat.bytes(10), 1);
        rig.append(1);
        long written = disk.operations();
        Thread committer = new Thread(rig.journal::commitOnce, "committer");
        committer.start();
        awaitWaiting(committer);
        rig.journal.fail(new OutOfMemoryError("test"));
        ticket.abandon();
        committer.join(10_000);
        assertThat(disk.operations()).isEqualTo(written);
        rig.close();
        assertThat(rig.failed).hasSize(1);
        assertThat(JournalRig.recovered(disk)).hasSize(1);
    }
}
