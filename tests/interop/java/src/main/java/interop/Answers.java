package interop;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import no.digipost.api.xml.Constants;
import org.apache.wss4j.common.WSEncryptionPart;
import org.apache.wss4j.common.crypto.Merlin;
import org.apache.wss4j.dom.WSConstants;
import org.apache.wss4j.dom.message.WSSecHeader;
import org.apache.wss4j.dom.message.WSSecSignature;
import org.apache.wss4j.dom.message.WSSecTimestamp;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** What the receiver answers: a receipt signed with WSS4J, or an ebMS error in a SOAP fault. */
final class Answers {
    private static final String ENVELOPE =
            "<env:Envelope xmlns:env='"
                    + Constants.SOAP_ENVELOPE12_NAMESPACE
                    + "'><env:Header><eb:Messaging xmlns:eb='"
                    + Constants.EBMS_NAMESPACE
                    + "' env:mustUnderstand='true'><eb:SignalMessage><eb:MessageInfo>"
                    + "<eb:Timestamp/><eb:MessageId/><eb:RefToMessageId/></eb:MessageInfo>"
                    + "</eb:SignalMessage></eb:Messaging></env:Header><env:Body/></env:Envelope>";

    private Answers() {}

    /** Acknowledges a message with those of its references that are to its body and package. */
    static byte[] receipt(String refTo, List<Element> references, KeyStore signer, String password)
            throws Exception {
        Document envelope = envelope(refTo);
        Element receipt = append(signal(envelope), Constants.EBMS_NAMESPACE, "eb:Receipt");
        Element information =
                append(receipt, Constants.SIGNALS_NAMESPACE, "ebbp:NonRepudiationInformation");
        for (Element reference : references) {
            append(information, Constants.SIGNALS_NAMESPACE, "ebbp:MessagePartNRInformation")
                    .appendChild(envelope.importNode(reference, true));
        }
        // Read anew, it has the namespace declarations in place that a signature is over.
        Document read = Xml.parse(written(envelope));
        Schemes.messaging(Xml.alone(only(read, "Messaging")));
        sign(read, signer, password);
        return written(read);
    }

    /** Refuses a message. */
    static byte[] fault(Fault fault, String description, String refTo) throws Exception {
        Document envelope = envelope(refTo);
        Element error = append(signal(envelope), Constants.EBMS_NAMESPACE, "eb:Error");
        error.setAttribute("origin", "ebMS");
        error.setAttribute("category", fault.category);
        error.setAttribute("errorCode", fault.code);
        error.setAttribute("severity", "failure");
        error.setAttribute("shortDescription", fault.shortDescription);
        if (refTo != null) {
            error.setAttribute("refToMessageInError", refTo);
        }
        Element words = append(error, Constants.EBMS_NAMESPACE, "eb:Description");
        words.setAttributeNS("http://www.w3.org/XML/1998/namespace", "xml:lang", "en");
        words.setTextContent(description);
        Schemes.messaging(Xml.alone(only(envelope, "Messaging")));
        String soap = Constants.SOAP_ENVELOPE12_NAMESPACE;
        Element body = Xml.only(envelope, soap, "Body");
        Element soapFault = append(body, soap, "env:Fault");
        append(append(soapFault, soap, "env:Code"), soap, "env:Value")
                .setTextContent(fault.isServers ? "env:Receiver" : "env:Sender");
        Element reason = append(append(soapFault, soap, "env:Reason"), soap, "env:Text");
        reason.setAttributeNS("http://www.w3.org/XML/1998/namespace", "xml:lang", "en");
        reason.setTextContent(fault.shortDescription);
        return written(envelope);
    }

    private static Document envelope(String refTo) throws Exception {
        Document envelope = Xml.parse(ENVELOPE.getBytes(StandardCharsets.UTF_8));
        String now = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
        only(envelope, "Timestamp").setTextContent(now);
        only(envelope, "MessageId").setTextContent(UUID.randomUUID().toString());
        Element reference = only(envelope, "RefToMessageId");
        if (refTo == null) {
            reference.getParentNode().removeChild(reference);
        } else {
            reference.setTextContent(refTo);
        }
        return envelope;
    }

    private static void sign(Document envelope, KeyStore keys, String password) throws Exception {
        Merlin crypto = new Merlin();
        crypto.setKeyStore(keys);
        WSSecHeader header = new WSSecHeader(envelope);
        header.insertSecurityHeader();
        WSSecTimestamp timestamp = new WSSecTimestamp(header);
        timestamp.setTimeToLive(120);
        timestamp.build();
        WSSecSignature signature = new WSSecSignature(header);
        signature.setUserInfo(keys.aliases().nextElement(), password);
        signature.setKeyIdentifierType(WSConstants.BST_DIRECT_REFERENCE);
        signature.setSignatureAlgorithm(Constants.RSA_SHA256);
        signature.setDigestAlgo(WSConstants.SHA256);
        signature.getParts().add(part("Body", Constants.SOAP_ENVELOPE12_NAMESPACE));
        signature.getParts().add(part("Messaging", Constants.EBMS_NAMESPACE));
        signature.getParts().add(part("Timestamp", WSConstants.WSU_NS));
        signature.build(crypto);
    }

    private static WSEncryptionPart part(String name, String namespace) {
        return new WSEncryptionPart(name, namespace, "Content");
    }

    private static Element signal(Document envelope) throws Refused {
        return only(envelope, "SignalMessage");
    }

    private static Element only(Document envelope, String name) throws Refused {
        return Xml.only(envelope, Constants.EBMS_NAMESPACE, name);
    }

    private static Element append(Node parent, String namespace, String name) {
        return (Element)
                parent.appendChild(parent.getOwnerDocument().createElementNS(namespace, name));
    }

    private static byte[] written(Document document) throws Exception {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        TransformerFactory.newInstance()
                .newTransformer()
                .transform(new DOMSource(document), new StreamResult(content));
        return content.toByteArray();
    }
}
