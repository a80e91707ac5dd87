package io.daybook.storage;

/** The faults of the fault model, by the ids that tests and documents name. */
public enum FaultId {
    /** Un-synced writes are lost with the power. */
    F1,
    /** Some un-synced writes survive a power loss and others do not, in any order. */
    F2,
    /** A write is torn at sectors of 512 or 4096 bytes, one perhaps half new or junk. */
    F3,
    /** A file is longer than its data: zeros or what its blocks held before. */
    F4,
    /** A name that was made, changed or removed is not durable. */
    F5,
    /** A sync fails, at once or one sync late; the pages are clean then. */
    F6,
    /** The disk is full, or the process has no descriptors left; then there is room again. */
    F7,
    /** A read or write fails, once, or each read of some sectors. */
    F8,
    /** A flipped bit, a zeroed sector, a misdirected write or a stale sector was read. */
    F9,
    /** Short or empty reads and writes. */
    F10,
    /** The process is killed: the page cache survives. */
    F11,
    /** A thread is interrupted inside of its I/O. */
    F12,
    /** A sync takes half a minute. */
    F13,
    /** The wall clock jumps. */
    F14,
    /** No memory. */
    F15,
    /** The directory is opened a second time. */
    F16,
    /** What operators do: files missing or too many, an index that is gone or old. */
    F17
}
