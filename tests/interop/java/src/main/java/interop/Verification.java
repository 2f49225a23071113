package interop;

import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.digipost.api.xml.Constants;
import org.bouncycastle.util.encoders.Hex;
import org.w3c.dom.Document;

/** Takes requests apart, as broker and recipient do together. */
final class Verification {
    private final List<X509Certificate> trusted;
    private final Map<String, KeyStore> recipients;
    private final String password;

    /** The recipients are known by their organisation numbers. */
    Verification(
            List<X509Certificate> trusted, Map<String, KeyStore> recipients, String password) {
        this.trusted = trusted;
        this.recipients = recipients;
        this.password = password;
    }

    Map<String, Object> of(Mime mime) throws Exception {
        Envelope envelope = Envelope.read(mime);
        Schemes.messaging(envelope.messaging());
        EnvelopeSecurity security = EnvelopeSecurity.verify(envelope.document, mime, trusted);
        Keys.validate(security.signer, trusted);
        Refused.unless(mime.attachments.size() == 1, "one attachment was expected");
        String id = mime.attachments.keySet().iterator().next();
        Refused.unless(security.attachmentDigests.containsKey(id), "the attachment is not signed");

        Document sbd = envelope.sbd();
        X509Certificate author = Sbd.verify(sbd);
        Refused.unless(author.equals(security.signer), "document and envelope differ in signer");
        byte[] cms = mime.attachments.get(id);
        Sbd.checkFingerprint(sbd, cms);

        String receiver = Sbd.receiver(sbd);
        KeyStore keys = recipients.get(receiver);
        Refused.unless(keys != null, "there is no recipient " + receiver);
        Decryption decrypted = Decryption.of(cms, keys, password);
        Asice asice = Asice.verify(decrypted.content);
        Refused.unless(asice.signer.equals(security.signer), "package and envelope differ in signer");
        Manifest manifest = Manifest.read(asice);
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (String name : manifest.metadata()) {
            Document document = Xml.parse(asice.files.get(name));
            Schemes.metadata(document);
            metadata.put(name, Xml.texts(document, "*"));
        }

        Map<String, Object> details = new LinkedHashMap<>();
        details.put("signed", security.signed);
        details.put("signer", security.signer.getSubjectX500Principal().getName());
        details.put("mpc", envelope.mpc());
        details.put("texts", Xml.texts(sbd, Constants.SDP_NAMESPACE));
        details.put("key_algorithm", decrypted.keyAlgorithm);
        details.put("key_digest", decrypted.keyDigest);
        details.put("content_algorithm", decrypted.contentAlgorithm);
        details.put("attachment_type", mime.types.get(id));
        details.put("files", files(asice));
        details.put("documents", manifest.documents);
        details.put("metadata", metadata);
        return details;
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
