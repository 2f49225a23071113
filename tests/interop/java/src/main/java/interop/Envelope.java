package interop;

import java.util.ArrayList;
import java.util.List;
import no.digipost.api.xml.Constants;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The SOAP envelope of a request, and what its header says. */
final class Envelope {
    final Document document;

    private Envelope(Document document) {
        this.document = document;
    }

    static Envelope read(Mime mime) throws Exception {
        return new Envelope(Xml.parse(mime.envelope));
    }

    /** The header in a document of its own. */
    Document messaging() throws Exception {
        return Xml.alone(Xml.only(document, Constants.EBMS_NAMESPACE, "Messaging"));
    }

    /** The StandardBusinessDocument in a document of its own, as receivers verify it. */
    Document sbd() throws Exception {
        return Xml.alone(
                Xml.only(document, Constants.SBDH_NAMESPACE, "StandardBusinessDocument"));
    }

    String messageId() throws Refused {
        return Xml.only(document, Constants.EBMS_NAMESPACE, "MessageId").getTextContent();
    }

    String mpc() throws Refused {
        return Xml.only(document, Constants.EBMS_NAMESPACE, "UserMessage").getAttribute("mpc");
    }

    /** The signed references to body and package, which a receipt repeats. */
    List<Element> payloadReferences() throws Refused {
        Element security = Xml.only(document, Constants.WSSEC_NAMESPACE, "Security");
        String body =
                "#"
                        + Xml.only(document, Constants.SOAP_ENVELOPE12_NAMESPACE, "Body")
                                .getAttributeNS(Constants.WSSEC_UTILS_NAMESPACE, "Id");
        List<Element> found = new ArrayList<>();
        for (Element reference : Xml.all(security, Xml.DS, "Reference")) {
            String uri = reference.getAttribute("URI");
            if (uri.equals(body) || uri.startsWith("cid:")) {
                found.add(reference);
            }
        }
        return found;
    }
}
