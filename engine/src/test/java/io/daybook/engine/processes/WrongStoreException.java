package io.daybook.engine.processes;

/** A store holds what it must not, or lacks what it must hold. */
final class WrongStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongStoreException(String message) {
        super(message);
    }
}
