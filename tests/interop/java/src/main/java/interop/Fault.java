package interop;

import java.security.GeneralSecurityException;
import org.apache.wss4j.common.ext.WSSecurityException;

/** The ebMS errors that the receiver answers with, as in ebMS 3.0 core, section 6.7. */
enum Fault {
    FAILED_AUTHENTICATION("EBMS:0101", "FailedAuthentication", "Processing", false),
    POLICY_NONCOMPLIANCE("EBMS:0103", "PolicyNoncompliance", "Processing", false),
    OTHER("EBMS:0004", "Other", "Content", true);

    final String code;
    final String shortDescription;
    final String category;
    final boolean isServers;

    Fault(String code, String shortDescription, String category, boolean isServers) {
        this.code = code;
        this.shortDescription = shortDescription;
        this.category = category;
        this.isServers = isServers;
    }

    /** Tells whose fault it is that a message was not taken. */
    static Fault of(Throwable problem) {
        if (problem instanceof WSSecurityException || problem instanceof GeneralSecurityException) {
            return FAILED_AUTHENTICATION;
        }
        return problem instanceof Refused ? POLICY_NONCOMPLIANCE : OTHER;
    }
}
