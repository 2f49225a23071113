package interop;

import com.helger.diagnostics.error.list.ErrorList;
import com.helger.phase4.ebms3header.Ebms3Error;
import com.helger.phase4.ebms3header.Ebms3From;
import com.helger.phase4.ebms3header.Ebms3MessageInfo;
import com.helger.phase4.ebms3header.Ebms3Messaging;
import com.helger.phase4.ebms3header.Ebms3PartInfo;
import com.helger.phase4.ebms3header.Ebms3PartyId;
import com.helger.phase4.ebms3header.Ebms3Property;
import com.helger.phase4.ebms3header.Ebms3SignalMessage;
import com.helger.phase4.ebms3header.Ebms3To;
import com.helger.phase4.ebms3header.Ebms3UserMessage;
import com.helger.phase4.ebms3header.MessagePartNRInformation;
import com.helger.phase4.ebms3header.NonRepudiationInformation;
import com.helger.phase4.incoming.soap.SoapHeaderElementProcessorExtractEbms3Messaging;
import com.helger.phase4.marshaller.Ebms3MessagingMarshaller;
import com.helger.phase4.model.error.EEbmsError;
import com.helger.xsds.xmldsig.ReferenceType;
import java.io.File;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.xml.namespace.QName;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Reads an eb:Messaging header with phase4's parser and its schema of it, and tells what is there. */
final class Header {
    private Header() {}

    static Map<String, Object> read(String file) throws Exception {
        ErrorList errors = new ErrorList();
        Ebms3Messaging messaging = messaging(parse(file), errors);
        Map<String, Object> told = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        errors.forEach(error -> problems.add(error.getAsString(Locale.ENGLISH)));
        told.put("invalid", problems);
        told.put("messages", messaging == null ? List.of() : describe(messaging));
        return told;
    }

    static Document parse(String file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new File(file));
    }

    static Ebms3Messaging messaging(Document envelope) {
        return messaging(envelope, new ErrorList());
    }

    private static Ebms3Messaging messaging(Document envelope, ErrorList errors) {
        QName name = SoapHeaderElementProcessorExtractEbms3Messaging.QNAME_MESSAGING;
        NodeList found =
                envelope.getElementsByTagNameNS(name.getNamespaceURI(), name.getLocalPart());
        if (found.getLength() != 1) {
            throw new IllegalArgumentException(
                    "eb:Messaging is there " + found.getLength() + " times");
        }
        return new Ebms3MessagingMarshaller()
                .setCollectErrors(errors)
                .read((Element) found.item(0));
    }

    static List<Map<String, Object>> describe(Ebms3Messaging messaging) {
        List<Map<String, Object>> messages = new ArrayList<>();
        messaging.getUserMessage().forEach(message -> messages.add(describe(message)));
        messaging.getSignalMessage().forEach(message -> messages.add(describe(message)));
        return messages;
    }

    private static Map<String, Object> describe(Ebms3UserMessage message) {
        Map<String, Object> told = described("UserMessage", message.getMessageInfo());
        Ebms3From from = message.getPartyInfo().getFrom();
        Ebms3To to = message.getPartyInfo().getTo();
        told.put("mpc", message.getMpc());
        told.put("from", describe(from.getPartyId()));
        told.put("from_role", from.getRole());
        told.put("to", describe(to.getPartyId()));
        told.put("to_role", to.getRole());
        var collaboration = message.getCollaborationInfo();
        told.put("agreement", collaboration.getAgreementRef().getValue());
        told.put("pmode", collaboration.getAgreementRef().getPmode());
        told.put("service", collaboration.getService().getValue());
        told.put("service_type", collaboration.getService().getType());
        told.put("action", collaboration.getAction());
        told.put("conversation_id", collaboration.getConversationId());
        List<Map<String, Object>> parts = new ArrayList<>();
        message.getPayloadInfo().getPartInfo().forEach(part -> parts.add(describe(part)));
        told.put("parts", parts);
        return told;
    }

    private static Map<String, Object> describe(Ebms3SignalMessage message) {
        if (message.getPullRequest() != null) {
            Map<String, Object> told = described("PullRequest", message.getMessageInfo());
            told.put("mpc", message.getPullRequest().getMpc());
            return told;
        }
        if (message.getReceipt() != null) {
            Map<String, Object> told = described("Receipt", message.getMessageInfo());
            told.put("references", references(message));
            return told;
        }
        Map<String, Object> told = described("Error", message.getMessageInfo());
        List<Map<String, Object>> errors = new ArrayList<>();
        message.getError().forEach(error -> errors.add(describe(error)));
        told.put("errors", errors);
        return told;
    }

    private static Map<String, Object> described(String kind, Ebms3MessageInfo info) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("kind", kind);
        told.put("message_id", info.getMessageId());
        told.put("ref_to", info.getRefToMessageId());
        told.put("timestamp", String.valueOf(info.getTimestamp()));
        return told;
    }

    private static List<List<String>> describe(List<Ebms3PartyId> parties) {
        List<List<String>> told = new ArrayList<>();
        parties.forEach(party -> told.add(List.of(party.getType(), party.getValue())));
        return told;
    }

    private static Map<String, Object> describe(Ebms3PartInfo part) {
        Map<String, Object> properties = new LinkedHashMap<>();
        if (part.getPartProperties() != null) {
            for (Ebms3Property property : part.getPartProperties().getProperty()) {
                properties.put(property.getName(), property.getValue());
            }
        }
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("href", part.getHref());
        told.put("properties", properties);
        return told;
    }

    private static List<List<String>> references(Ebms3SignalMessage message) {
        List<List<String>> told = new ArrayList<>();
        for (Object content : message.getReceipt().getAny()) {
            if (content instanceof NonRepudiationInformation information) {
                for (MessagePartNRInformation part : information.getMessagePartNRInformation()) {
                    ReferenceType reference = part.getReference();
                    String digest = Base64.getEncoder().encodeToString(reference.getDigestValue());
                    told.add(List.of(reference.getURI(), digest));
                }
            }
        }
        return told;
    }

    /** Tell of an error, and what phase4 knows of its code. */
    static Map<String, Object> describe(Ebms3Error error) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("code", error.getErrorCode());
        told.put("severity", error.getSeverity());
        told.put("category", error.getCategory());
        told.put("short", error.getShortDescription());
        told.put("ref_to", error.getRefToMessageInError());
        told.put("detail", error.getErrorDetail());
        EEbmsError known = EEbmsError.getFromErrorCodeOrNull(error.getErrorCode());
        if (known != null) {
            told.put("known_severity", known.getSeverity().getSeverity());
            told.put("known_category", known.getCategory().getDisplayName());
            told.put("known_short", known.getShortDescription());
        }
        return told;
    }
}
