package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.helger.phase4.CAS4;
import com.helger.phase4.attachment.WSS4JAttachment;
import com.helger.phase4.crypto.ECryptoAlgorithmSign;
import com.helger.phase4.crypto.ECryptoAlgorithmSignDigest;
import com.helger.phase4.error.AS4ErrorList;
import com.helger.phase4.incoming.AS4IncomingHandler;
import com.helger.phase4.incoming.AS4IncomingMessageMetadata;
import com.helger.phase4.incoming.AS4IncomingProfileSelectorConstant;
import com.helger.phase4.incoming.AS4IncomingReceiverConfiguration;
import com.helger.phase4.incoming.IAS4IncomingMessageState;
import com.helger.phase4.incoming.crypto.AS4IncomingSecurityConfiguration;
import com.helger.phase4.incoming.soap.SoapHeaderElementProcessorRegistry;
import com.helger.phase4.mgr.MetaAS4Manager;
import com.helger.phase4.model.EMEP;
import com.helger.phase4.model.EMEPBinding;
import com.helger.phase4.model.mpc.MPC;
import com.helger.phase4.model.pmode.IPMode;
import com.helger.phase4.model.pmode.PMode;
import com.helger.phase4.model.pmode.PModeParty;
import com.helger.phase4.model.pmode.leg.PModeLeg;
import com.helger.phase4.model.pmode.leg.PModeLegProtocol;
import com.helger.phase4.model.pmode.leg.PModeLegSecurity;
import com.helger.phase4.util.AS4ResourceHelper;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lets phase4 receive a message: headers, payloads, P-Mode and signature, as its server does. */
final class Incoming {
    /** How messages are to be: SOAP 1.2, signed with RSA and SHA-256. */
    static final IPMode MODE =
            new PMode(
                    "sdp",
                    PModeParty.createSimple("initiator", CAS4.DEFAULT_INITIATOR_URL),
                    PModeParty.createSimple("responder", CAS4.DEFAULT_RESPONDER_URL),
                    "urn:sdp",
                    EMEP.TWO_WAY,
                    EMEPBinding.PUSH_PULL,
                    leg(),
                    leg(),
                    null,
                    null);

    private Incoming() {}

    static Map<String, Object> receive(JsonNode order) throws Exception {
        for (JsonNode mpc : order.get("mpcs")) {
            if (MetaAS4Manager.getMPCMgr().getMPCOfID(mpc.asText()) == null) {
                MetaAS4Manager.getMPCMgr().createMPC(new MPC(mpc.asText()));
            }
        }
        AS4ErrorList errors = new AS4ErrorList();
        try (AS4ResourceHelper resources = new AS4ResourceHelper()) {
            Message message = Message.of(order, resources);
            var keys = Keys.trusting(order.get("trust").asText());
            IAS4IncomingMessageState state =
                    AS4IncomingHandler.processEbmsMessage(
                            resources,
                            Locale.ENGLISH,
                            SoapHeaderElementProcessorRegistry.createDefault(
                                    (id, service, action, from, to, agreement, address) -> MODE,
                                    keys,
                                    keys,
                                    MODE,
                                    AS4IncomingSecurityConfiguration.createDefaultInstance(),
                                    new AS4IncomingReceiverConfiguration()),
                            message.headers(),
                            message.envelope(),
                            message.version(),
                            message.attachments(),
                            new AS4IncomingProfileSelectorConstant(null),
                            errors,
                            AS4IncomingMessageMetadata.createForRequest());
            return describe(state, errors);
        }
    }

    private static Map<String, Object> describe(
            IAS4IncomingMessageState state, AS4ErrorList errors) throws Exception {
        Map<String, Object> told = new LinkedHashMap<>();
        List<Map<String, Object>> problems = new ArrayList<>();
        errors.forEach(error -> problems.add(Header.describe(error.getEbmsError())));
        told.put("errors", problems);
        if (!errors.isEmpty()) {
            return told;
        }
        told.put("messages", Header.describe(state.getMessaging()));
        told.put("signed", state.isSoapSignatureChecked());
        told.put(
                "signer",
                state.getSigningCertificate() == null
                        ? null
                        : digest(state.getSigningCertificate().getEncoded()));
        told.put(
                "payload",
                state.getSoapBodyPayloadNode() == null
                        ? null
                        : state.getSoapBodyPayloadNode().getLocalName());
        List<Map<String, Object>> attachments = new ArrayList<>();
        if (state.hasDecryptedAttachments()) {
            for (WSS4JAttachment attachment : state.getDecryptedAttachments()) {
                attachments.add(describe(attachment));
            }
        }
        told.put("attachments", attachments);
        return told;
    }

    private static Map<String, Object> describe(WSS4JAttachment attachment) throws Exception {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("id", attachment.getId());
        told.put("type", attachment.getMimeType());
        try (InputStream content = attachment.getInputStreamProvider().getInputStream()) {
            told.put("sha256", digest(content.readAllBytes()));
        }
        return told;
    }

    private static String digest(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    private static PModeLeg leg() {
        PModeLegSecurity security = new PModeLegSecurity();
        security.setX509SignatureAlgorithm(ECryptoAlgorithmSign.RSA_SHA_256);
        security.setX509SignatureHashFunction(ECryptoAlgorithmSignDigest.DIGEST_SHA_256);
        PModeLegProtocol soap12 = PModeLegProtocol.createForDefaultSoapVersion(null);
        return new PModeLeg(soap12, null, null, null, security);
    }
}
