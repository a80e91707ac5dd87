package io.daybook.engine.processes;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What a child tells its parent through a pipe. A report that the child's end cut off is none.
 *
 * @param kind of what
 * @param number see the kind
 * @param text see the kind
 */
record Report(Kind kind, long number, String text) {

    /** Of what. */
    enum Kind {
        /** The store was read: so many changes of the last part are in it. The text: how many entries were compared. */
        FOUND,
        /** So many changes were acknowledged, all from the first on. */
        ACKNOWLEDGED,
        /** The open failed, without damage being named: how. */
        REFUSED,
        /** The engine failed: how; the number: so many changes can be read nevertheless. */
        FAILED,
        /** It came to its end, and closed the store. */
        ENDED,
        /** Something is wrong: what. */
        WRONG
    }

    void writeTo(DataOutputStream out) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream whole = new DataOutputStream(bytes);
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        whole.writeByte(kind.ordinal());
        whole.writeLong(number);
        whole.writeInt(encoded.length);
        whole.write(encoded);
        // In one call, so that what the end of the process cuts off is told apart from what it said.
        out.write(bytes.toByteArray());
        out.flush();
    }

    /** The next one, null: there is none. */
    static Report read(DataInputStream in) throws IOException {
        try {
            Kind kind = Kind.values()[in.readUnsignedByte()];
            long number = in.readLong();
            byte[] text = new byte[in.readInt()];
            in.readFully(text);
            return new Report(kind, number, new String(text, StandardCharsets.UTF_8));
        } catch (EOFException e) {
            return null;
        }
    }
}
