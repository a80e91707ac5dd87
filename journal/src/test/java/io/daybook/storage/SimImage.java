package io.daybook.storage;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The bytes of a file as pages that images share until one of them writes. A page that was never written is absent and
 * reads as zeros. <b>Guarded by its disk.</b>
 */
final class SimImage {
    static final int PAGE_BYTES = 4096;
    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    private Page[] pages;
    private long length;
    private int allocated;
    /** Pages of another owner are shared and copied before a change. */
    private Object owner = new Object();

    SimImage() {
        this(new Page[0], 0, 0);
    }

    private SimImage(Page[] pages, long length, int allocated) {
        this.pages = pages;
        this.length = length;
        this.allocated = allocated;
    }

    /** The same content; copies nothing but references. */
    SimImage share() {
        owner = new Object();
        return new SimImage(pages.clone(), length, allocated);
    }

    long length() {
        return length;
    }

    /** Pages that take room on the disk. */
    int allocatedPages() {
        return allocated;
    }

    boolean isAllocated(int page) {
        return page < pages.length && pages[page] != null;
    }

    /** Writes bytes that nobody changes from now on: whole pages are kept where they are. */
    void write(long position, byte[] source, int offset, int bytes) {
        int done = 0;
        while (done < bytes) {
            int page = pageOf(position + done);
            int inPage = (int) ((position + done) % PAGE_BYTES);
            int count = Math.min(bytes - done, PAGE_BYTES - inPage);
            if (count == PAGE_BYTES) {
                grow(page);
                set(page, new Page(source, offset + done, null));
            } else {
                System.arraycopy(source, offset + done, writable(page), inPage, count);
            }
            done += count;
        }
        length = Math.max(length, position + bytes);
    }

    /** Reads what both the file and the buffer have, at most {@code most} bytes. */
    int read(ByteBuffer target, long position, int most) {
        int bytes = (int) Math.min(Math.min(most, target.remaining()), length - position);
        int done = 0;
        while (done < bytes) {
            int page = pageOf(position + done);
            int inPage = (int) ((position + done) % PAGE_BYTES);
            int count = Math.min(bytes - done, PAGE_BYTES - inPage);
            if (isAllocated(page)) {
                target.put(pages[page].bytes, pages[page].from + inPage, count);
            } else {
                target.put(ZEROS, 0, count);
            }
            done += count;
        }
        return bytes;
    }

    /** Sets the length, both ways. */
    void truncate(long bytes) {
        if (bytes < length) {
            int kept = pageOf(bytes + PAGE_BYTES - 1);
            for (int page = kept; page < pages.length; page++) {
                set(page, null);
            }
            int inPage = (int) (bytes % PAGE_BYTES);
            if (inPage > 0 && isAllocated(kept - 1)) {
                Arrays.fill(writable(kept - 1), inPage, PAGE_BYTES, (byte) 0);
            }
        }
        length = bytes;
    }

    /** Takes over a page of another image, by reference. */
    void adopt(SimImage other, int page) {
        if (!other.isAllocated(page)) {
            if (isAllocated(page)) {
                set(page, null);
            }
            return;
        }
        other.pages[page].owner = null;
        grow(page);
        set(page, other.pages[page]);
    }

    static int pageOf(long position) {
        return Math.toIntExact(position / PAGE_BYTES);
    }

    private byte[] writable(int page) {
        grow(page);
        Page present = pages[page];
        if (present == null || present.owner != owner) {
            byte[] bytes = present == null
                    ? new byte[PAGE_BYTES]
                    : Arrays.copyOfRange(present.bytes, present.from, present.from + PAGE_BYTES);
            set(page, new Page(bytes, 0, owner));
        }
        return pages[page].bytes;
    }

    private void set(int page, Page content) {
        allocated += (content == null ? 0 : 1) - (pages[page] == null ? 0 : 1);
        pages[page] = content;
    }

    private void grow(int page) {
        if (page >= pages.length) {
            pages = Arrays.copyOf(pages, Math.max(page + 1, pages.length + pages.length / 2 + 4));
        }
    }

    /** Some bytes of an array; without an owner nobody may change them. */
    private static final class Page {
        final byte[] bytes;
        final int from;
        Object owner;

        Page(byte[] bytes, int from, Object owner) {
            this.bytes = bytes;
            this.from = from;
            this.owner = owner;
        }
    }
}
