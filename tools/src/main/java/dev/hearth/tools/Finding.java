package dev.hearth.tools;

/**
 * The outcome of one check of the doctor.
 *
 * @param check  what was looked at
 * @param status how it is
 * @param detail what was found, and what to do about it
 */
record Finding(String check, Status status, String detail) {
    /** How a thing is. */
    enum Status {
        /** As it should be. */
        OK,
        /** It works, but less well. */
        WARN,
        /** It does not work. */
        FAIL
    }

    static Finding ok(String check, String detail) {
        return new Finding(check, Status.OK, detail);
    }

    static Finding warn(String check, String detail) {
        return new Finding(check, Status.WARN, detail);
    }

    static Finding fail(String check, String detail) {
        return new Finding(check, Status.FAIL, detail);
    }
}
