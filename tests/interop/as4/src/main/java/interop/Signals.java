package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.helger.collection.commons.CommonsArrayList;
import com.helger.http.header.HttpHeaderMap;
import com.helger.phase4.client.AS4ClientBuiltMessage;
import com.helger.phase4.client.AS4ClientSentMessage;
import com.helger.phase4.crypto.AS4SigningParams;
import com.helger.phase4.crypto.ECryptoAlgorithmSign;
import com.helger.phase4.crypto.ECryptoAlgorithmSignDigest;
import com.helger.phase4.crypto.IWSSecSignatureCustomizer;
import com.helger.phase4.ebms3header.Ebms3Messaging;
import com.helger.phase4.ebms3header.Ebms3SignalMessage;
import com.helger.phase4.incoming.AS4IncomingMessageMetadata;
import com.helger.phase4.incoming.AS4IncomingMessageState;
import com.helger.phase4.messaging.crypto.AS4Signer;
import com.helger.phase4.messaging.http.HttpXMLEntity;
import com.helger.phase4.model.ESoapVersion;
import com.helger.phase4.model.error.EEbmsError;
import com.helger.phase4.model.message.AS4ErrorMessage;
import com.helger.phase4.model.message.AS4ReceiptMessage;
import com.helger.phase4.model.message.MessageHelperMethods;
import com.helger.phase4.sender.IAS4SignalMessageValidationResultHandler;
import com.helger.phase4.sender.ValidatingAS4SignalMsgConsumer;
import com.helger.phase4.util.AS4ResourceHelper;
import com.helger.phase4.util.AS4XMLHelper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.wss4j.common.WSEncryptionPart;
import org.apache.wss4j.dom.WSConstants;
import org.apache.wss4j.dom.message.WSSecHeader;
import org.apache.wss4j.dom.message.WSSecSignature;
import org.apache.wss4j.dom.message.WSSecTimestamp;
import org.w3c.dom.Document;

/** The signals phase4 answers a message with, and its view of those that others answer with. */
final class Signals {
    private Signals() {}

    /** Write phase4's receipt for a message, signed, and with a timestamp where one is asked for. */
    static Map<String, Object> acknowledge(JsonNode order) throws Exception {
        try (AS4ResourceHelper resources = new AS4ResourceHelper()) {
            Document sent = Message.of(order, resources).envelope();
            Ebms3Messaging messaging = Header.messaging(sent);
            AS4ReceiptMessage receipt =
                    AS4ReceiptMessage.create(
                            ESoapVersion.SOAP_12,
                            MessageHelperMethods.createRandomMessageID(),
                            messaging.getUserMessageAtIndex(0),
                            sent,
                            true,
                            null);
            write(signed(receipt.setMustUnderstand(true), order, resources), order);
        }
        return Map.of();
    }

    private static Document signed(
            AS4ReceiptMessage receipt, JsonNode order, AS4ResourceHelper resources)
            throws Exception {
        AS4SigningParams parameters =
                new AS4SigningParams()
                        .setAlgorithmSign(ECryptoAlgorithmSign.RSA_SHA_256)
                        .setAlgorithmSignDigest(ECryptoAlgorithmSignDigest.DIGEST_SHA_256);
        if (order.get("timestamp").asBoolean()) {
            parameters.setWSSecSignatureCustomizer(new WithTimestamp());
        }
        return AS4Signer.createSignedMessage(
                Keys.signing(order.get("pkcs12").asText(), order.get("password").asText()),
                receipt.getAsSoapDocument(null),
                ESoapVersion.SOAP_12,
                receipt.getMessagingID(),
                null,
                resources,
                true,
                parameters);
    }

    /** Write an error as phase4 does. */
    static Map<String, Object> refuse(JsonNode order) throws Exception {
        String refTo = order.get("ref_to").asText();
        var error =
                EEbmsError.getFromErrorCodeOrNull(order.get("code").asText())
                        .errorBuilder(Locale.ENGLISH)
                        .refToMessageInError(refTo)
                        .build();
        AS4ErrorMessage message =
                AS4ErrorMessage.create(ESoapVersion.SOAP_12, refTo, new CommonsArrayList<>(error));
        write(message.setMustUnderstand(true).getAsSoapDocument(null), order);
        return Map.of();
    }

    /** Tell what phase4 as the sender of a message would say to this receipt for it. */
    static Map<String, Object> match(JsonNode order) throws Exception {
        try (AS4ResourceHelper resources = new AS4ResourceHelper()) {
            Document sent = Message.of(order, resources).envelope();
            Ebms3SignalMessage receipt =
                    Header.messaging(Header.parse(order.get("receipt").asText()))
                            .getSignalMessageAtIndex(0);
            AS4ClientBuiltMessage built =
                    new AS4ClientBuiltMessage(
                            "sent",
                            new HttpXMLEntity(sent, ESoapVersion.SOAP_12.getMimeType()),
                            MessageHelperMethods.getAllDSigReferences(sent));
            Verdict verdict = new Verdict(new ArrayList<>(), new ArrayList<>());
            new ValidatingAS4SignalMsgConsumer(
                            new AS4ClientSentMessage<>(built, null, new HttpHeaderMap(), null),
                            null,
                            verdict)
                    .handleSignalMessage(
                            receipt,
                            AS4IncomingMessageMetadata.createForResponse("sent"),
                            new AS4IncomingMessageState(
                                    ESoapVersion.SOAP_12, resources, Locale.ENGLISH));
            return Map.of("verdicts", verdict.words(), "errors", verdict.errors());
        }
    }

    private static void write(Document envelope, JsonNode order) throws Exception {
        Files.writeString(
                Path.of(order.get("out").asText()),
                AS4XMLHelper.serializeXML(envelope),
                StandardCharsets.UTF_8);
    }

    private record Verdict(List<String> words, List<String> errors)
            implements IAS4SignalMessageValidationResultHandler {
        @Override
        public void onSuccess() {
            words.add("success");
        }

        @Override
        public void onError(String message) {
            errors.add(message);
        }

        @Override
        public void onNotApplicable() {
            words.add("nothing to compare");
        }
    }

    /** Adds the timestamp that the national profile demands, and AS4 does not. */
    private static final class WithTimestamp implements IWSSecSignatureCustomizer {
        @Override
        public WSSecSignature createWSSecSignature(WSSecHeader header) {
            WSSecTimestamp timestamp = new WSSecTimestamp(header);
            timestamp.setTimeToLive(120);
            timestamp.build();
            return new WSSecSignature(header);
        }

        @Override
        public void customize(WSSecSignature signature) {
            signature
                    .getParts()
                    .add(
                            new WSEncryptionPart(
                                    WSConstants.TIMESTAMP_TOKEN_LN, WSConstants.WSU_NS, "Content"));
        }
    }
}
