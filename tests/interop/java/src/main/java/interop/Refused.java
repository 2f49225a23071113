package interop;

/** Something is not as the specification has it. */
final class Refused extends Exception {
    Refused(String message) {
        super(message);
    }

    Refused(String message, Throwable cause) {
        super(message, cause);
    }

    static void unless(boolean holds, String message) throws Refused {
        if (!holds) {
            throw new Refused(message);
        }
    }
}
