package interop;

import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Collections;
import no.digipost.api.xml.Constants;
import org.apache.xml.security.signature.SignedInfo;
import org.apache.xml.security.signature.XMLSignature;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** A StandardBusinessDocument in a document of its own. */
final class Sbd {
    private Sbd() {}

    /** Checks its schema and its signature; returns the certificate that it is signed with. */
    static X509Certificate verify(Document sbd) throws Exception {
        Schemes.sbd(sbd);
        XMLSignature signature =
                Signatures.verify(Xml.only(sbd, Xml.DS, "Signature"), Collections.emptyMap());
        SignedInfo info = signature.getSignedInfo();
        Refused.unless(
                info.getLength() == 1 && "".equals(info.item(0).getURI()),
                "the signature is not over the whole document");
        return signature.getKeyInfo().getX509Certificate();
    }

    static void checkFingerprint(Document sbd, byte[] cms) throws Exception {
        Element fingerprint =
                Xml.only(sbd, Constants.SDP_NAMESPACE, "dokumentpakkefingeravtrykk");
        String value =
                fingerprint.getElementsByTagNameNS(Xml.DS, "DigestValue").item(0).getTextContent();
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(cms);
        Refused.unless(
                Base64.getEncoder().encodeToString(digest).equals(value),
                "the fingerprint is not that of the package");
    }

    /** The organisation number of the recipient: mailbox provider or printer. */
    static String receiver(Document sbd) throws Refused {
        Element receiver = Xml.only(sbd, Constants.SBDH_NAMESPACE, "Receiver");
        return Xml.all(receiver, Constants.SBDH_NAMESPACE, "Identifier")
                .get(0)
                .getTextContent()
                .replaceFirst("^9908:", "");
    }
}
