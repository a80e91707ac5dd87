package io.daybook.storage;

/** What a name of a simulated disk stands for. Compared by identity. */
abstract sealed class SimNode permits SimInode, SimDirectory {}
