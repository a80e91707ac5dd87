package io.daybook.benchmarks.peers;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.bookkeeper.bookie.BookieException;
import org.apache.bookkeeper.bookie.BookieImpl;
import org.apache.bookkeeper.bookie.BookieResources;
import org.apache.bookkeeper.bookie.LedgerDirsManager;
import org.apache.bookkeeper.bookie.LedgerStorage;
import org.apache.bookkeeper.bookie.storage.ldb.DbLedgerStorage;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.meta.NullMetadataBookieDriver;
import org.apache.bookkeeper.proto.SimpleBookieServiceInfoProvider;
import org.apache.bookkeeper.stats.NullStatsLogger;
import org.apache.bookkeeper.util.DiskChecker;

/** How a bookie is made that nobody talks to: the settings of Pulsar's conf/bookkeeper.conf, no metadata service. */
final class BookieSettings {
    /** System property: the write cache in MiB, where a store is filled that must not be flushed meanwhile. */
    private static final String WRITE_CACHE = "daybook.bench.bookkeeper.writeCacheMib";

    private BookieSettings() {}

    /** All that differs from BookKeeper's own defaults and touches storage; caches are parts of the direct memory. */
    static ServerConfiguration asPulsarShips(Path directory) {
        ServerConfiguration settings = new ServerConfiguration();
        settings.setLedgerStorageClass(DbLedgerStorage.class.getName());
        settings.setJournalDirName(directory.resolve("journal").toString());
        settings.setLedgerDirNames(new String[] {directory.resolve("ledgers").toString()});
        settings.setJournalFormatVersionToWrite(5);
        settings.setFileInfoFormatVersionToWrite(0);
        settings.setMaxJournalSizeMB(2048);
        settings.setProperty("journalPreAllocSizeMB", 16);
        settings.setJournalWriteBufferSizeKB(64);
        settings.setJournalRemovePagesFromCache(true);
        settings.setJournalSyncData(true);
        settings.setJournalAdaptiveGroupWrites(true);
        settings.setJournalMaxGroupWaitMSec(1);
        settings.setJournalBufferedWritesThreshold(524_288);
        settings.setJournalAlignmentSize(4096);
        settings.setFlushInterval(60_000);
        settings.setEntryLogSizeLimit(1L << 30);
        settings.setEntryLogFilePreAllocationEnabled(true);
        settings.setFlushIntervalInBytes(33_554_432);
        settings.setReadBufferBytes(4096);
        settings.setWriteBufferBytes(65_536);
        settings.setGcWaitTime(900_000);
        settings.setProperty("dbStorage_readAheadCacheBatchSize", 1000);
        if (System.getProperty(WRITE_CACHE) != null) {
            settings.setProperty("dbStorage_writeCacheMaxSizeMb", System.getProperty(WRITE_CACHE));
        }
        settings.setProperty("openFileLimit", 0);
        settings.setProperty("pageLimit", 0);
        // Only so that a machine of any name and a well-filled disk will do.
        settings.setAllowLoopback(true);
        settings.setAdvertisedAddress("127.0.0.1");
        settings.setDiskUsageThreshold(0.99f);
        settings.setDiskUsageWarnThreshold(0.98f);
        return settings;
    }

    /** Starts a bookie: journal replayed, ready for adds. */
    static BookieImpl start(ServerConfiguration settings) throws IOException {
        try {
            return tryStart(settings);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } catch (BookieException e) {
            throw new IOException(e);
        }
    }

    private static BookieImpl tryStart(ServerConfiguration settings)
            throws IOException, BookieException, InterruptedException {
        makeDirectories(settings);
        NullMetadataBookieDriver metadata = new NullMetadataBookieDriver();
        NullStatsLogger stats = NullStatsLogger.INSTANCE;
        DiskChecker disks = BookieResources.createDiskChecker(settings);
        LedgerDirsManager ledgers = BookieResources.createLedgerDirsManager(settings, disks, stats);
        LedgerDirsManager indexes = BookieResources.createIndexDirsManager(settings, disks, stats, ledgers);
        LedgerStorage storage = BookieResources.createLedgerStorage(
                settings,
                metadata.getLedgerManagerFactory().newLedgerManager(),
                ledgers,
                indexes,
                stats,
                PooledByteBufAllocator.DEFAULT);
        BookieImpl bookie = new BookieImpl(
                settings,
                metadata.createRegistrationManager(),
                storage,
                disks,
                ledgers,
                indexes,
                stats,
                PooledByteBufAllocator.DEFAULT,
                new SimpleBookieServiceInfoProvider(settings));
        bookie.start();
        if (!bookie.isRunning()) {
            throw new IOException("the bookie did not start, exit code " + bookie.getExitCode());
        }
        return bookie;
    }

    private static void makeDirectories(ServerConfiguration settings) throws IOException {
        File journal = BookieImpl.getCurrentDirectory(settings.getJournalDirs()[0]);
        File ledgers = BookieImpl.getCurrentDirectory(settings.getLedgerDirs()[0]);
        for (File directory : new File[] {journal, ledgers}) {
            Files.createDirectories(directory.toPath().getParent());
            BookieImpl.checkDirectoryStructure(directory);
        }
    }
}
