package io.daybook.benchmarks.peers.jraft;

import com.alipay.sofa.jraft.conf.ConfigurationManager;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.impl.RocksDBLogStorage;
import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.GroupCommit;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The log storage of SOFAJRaft as it is released, synced, behind a group commit. A log has no ledgers: all entries go into one, in
 * the order in which they come, so it is measured for appends only.
 */
final class JraftSink implements AppendSink {
    private static final long TERM = 1;

    private final LogStorage log;
    private final GroupCommit commit;

    // Confined to whoever holds the lock of the group commit
    private long index;

    private JraftSink(LogStorage log) {
        this.log = log;
        this.index = log.getLastLogIndex();
        this.commit = new GroupCommit(new Entries(), new Entries(), "jraft-writer");
    }

    static JraftSink open(Path directory) throws IOException {
        Files.createDirectories(directory);
        RaftOptions raft = new RaftOptions();
        raft.setSync(true);
        LogStorage log = new RocksDBLogStorage(directory.toString(), raft);
        LogStorageOptions options = new LogStorageOptions();
        options.setConfigurationManager(new ConfigurationManager());
        options.setLogEntryCodecFactory(LogEntryV2CodecFactory.getInstance());
        options.setGroupId("benchmark");
        if (!log.init(options)) {
            throw new IOException("the log did not open");
        }
        return new JraftSink(log);
    }

    @Override
    public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
        commit.append(ledgerId, entryId, entry, completion);
    }

    @Override
    public long entriesHeld(int ledgers) {
        return log.getLastLogIndex();
    }

    @Override
    public void close() {
        if (commit.close()) {
            log.shutdown();
        }
    }

    /** Entries that are appended together. */
    private final class Entries implements GroupCommit.Batch {
        private final List<LogEntry> entries = new ArrayList<>();

        @Override
        public void add(long ledgerId, long entryId, ByteBuf entry) {
            byte[] bytes = new byte[entry.readableBytes()];
            entry.getBytes(entry.readerIndex(), bytes);
            LogEntry log = new LogEntry(EntryType.ENTRY_TYPE_DATA);
            log.setId(new LogId(++index, TERM));
            log.setData(ByteBuffer.wrap(bytes));
            entries.add(log);
        }

        @Override
        public void write() throws IOException {
            int appended = log.appendEntries(entries);
            if (appended != entries.size()) {
                throw new IOException("of " + entries.size() + " entries " + appended + " were appended");
            }
            entries.clear();
        }

        @Override
        public void close() {
            entries.clear();
        }
    }
}
