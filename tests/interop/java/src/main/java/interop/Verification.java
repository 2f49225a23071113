package interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.digipost.api.xml.Constants;
import org.bouncycastle.util.encoders.Hex;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The command `verify`: takes one request apart, as broker and recipient do together. */
final class Verification {
    private Verification() {}

    static Map<String, Object> of(JsonNode order) throws Exception {
        byte[] body = Files.readAllBytes(Path.of(order.get("body").asText()));
        List<X509Certificate> trusted = Keys.certificates(Path.of(order.get("trust").asText()));
        Mime mime = Mime.split(order.get("content_type").asText(), body);
        Document envelope = Xml.parse(mime.envelope);
        Schemes.messaging(messaging(envelope));
        EnvelopeSecurity security = EnvelopeSecurity.verify(envelope, mime, trusted);
        Keys.validate(security.signer, trusted);
        Refused.unless(mime.attachments.size() == 1, "one attachment was expected");
        String id = mime.attachments.keySet().iterator().next();
        Refused.unless(security.attachmentDigests.containsKey(id), "the attachment is not signed");

        Element inPlace = Xml.only(envelope, Constants.SBDH_NAMESPACE, "StandardBusinessDocument");
        Document sbd = Xml.alone(inPlace);
        X509Certificate author = Sbd.verify(sbd);
        Refused.unless(author.equals(security.signer), "document and envelope differ in signer");
        byte[] cms = mime.attachments.get(id);
        Sbd.checkFingerprint(sbd, cms);

        String password = order.get("password").asText();
        Decryption decrypted =
                Decryption.of(cms, Keys.pkcs12(Path.of(order.get("pkcs12").asText()), password), password);
        Asice asice = Asice.verify(decrypted.content);
        Refused.unless(asice.signer.equals(security.signer), "package and envelope differ in signer");
        for (JsonNode metadata : order.path("metadata")) {
            Schemes.metadata(Xml.parse(asice.files.get(metadata.asText())));
        }

        Map<String, Object> details = new LinkedHashMap<>();
        details.put("signed", security.signed);
        details.put("signer", security.signer.getSubjectX500Principal().getName());
        details.put("mpc", mpc(envelope));
        details.put("texts", Sbd.texts(sbd));
        details.put("key_algorithm", decrypted.keyAlgorithm);
        details.put("key_digest", decrypted.keyDigest);
        details.put("content_algorithm", decrypted.contentAlgorithm);
        details.put("attachment_type", mime.types.get(id));
        details.put("files", files(asice));
        return details;
    }

    private static Document messaging(Document envelope) throws Exception {
        return Xml.alone(Xml.only(envelope, Constants.EBMS_NAMESPACE, "Messaging"));
    }

    private static String mpc(Document envelope) throws Exception {
        return Xml.only(envelope, Constants.EBMS_NAMESPACE, "UserMessage").getAttribute("mpc");
    }

    static List<Map<String, Object>> files(Asice asice) throws Exception {
        List<Map<String, Object>> files = new ArrayList<>();
        for (Map.Entry<String, byte[]> file : asice.files.entrySet()) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(file.getValue());
            Map<String, Object> described = new LinkedHashMap<>();
            described.put("name", file.getKey());
            described.put("sha256", Hex.toHexString(digest));
            described.put("type", asice.types.get(file.getKey()));
            files.add(described);
        }
        return files;
    }
}
