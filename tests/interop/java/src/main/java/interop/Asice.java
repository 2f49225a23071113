package interop;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.xml.security.signature.Reference;
import org.apache.xml.security.signature.XMLSignature;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Reads a package with java.util.zip, and verifies its XAdES signature with Santuario. */
final class Asice {
    private static final String SIGNATURES = "META-INF/signatures.xml";
    private static final String MANIFEST = "manifest.xml";
    private static final String XADES = "http://uri.etsi.org/01903/v1.3.2#";
    private static final String PROPERTIES = "http://uri.etsi.org/01903#SignedProperties";

    final Map<String, byte[]> files;
    final Map<String, String> types;
    final X509Certificate signer;

    private Asice(Map<String, byte[]> files, Map<String, String> types, X509Certificate signer) {
        this.files = files;
        this.types = types;
        this.signer = signer;
    }

    static Asice verify(byte[] zip) throws Exception {
        Map<String, byte[]> files = unzip(zip);
        byte[] signatures = files.remove(SIGNATURES);
        Refused.unless(signatures != null, "the package has no " + SIGNATURES);
        Document document = Xml.parse(signatures);
        Schemes.signatures(document);
        Element properties = Xml.only(document, XADES, "SignedProperties");
        properties.setIdAttribute("Id", true);
        XMLSignature signature =
                Signatures.verify(Xml.only(document, Xml.DS, "Signature"), files);
        X509Certificate signer = signature.getKeyInfo().getX509Certificate();
        checkCertificateDigest(properties, signer);
        Map<String, String> types = types(document, signature, files);
        byte[] manifest = files.get(MANIFEST);
        Refused.unless(manifest != null, "the package has no " + MANIFEST);
        Schemes.manifest(Xml.parse(manifest));
        return new Asice(files, types, signer);
    }

    private static Map<String, byte[]> unzip(byte[] zip) throws Exception {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (ZipInputStream entries =
                new ZipInputStream(new ByteArrayInputStream(zip), StandardCharsets.UTF_8)) {
            for (ZipEntry entry = entries.getNextEntry();
                    entry != null;
                    entry = entries.getNextEntry()) {
                byte[] before = files.put(entry.getName(), entries.readAllBytes());
                Refused.unless(before == null, "the package has two files of one name");
            }
        }
        return files;
    }

    private static Map<String, String> types(
            Document document, XMLSignature signature, Map<String, byte[]> files) throws Exception {
        Map<String, String> names = new HashMap<>();
        boolean propertiesSigned = false;
        for (int index = 0; index < signature.getSignedInfo().getLength(); index++) {
            Reference reference = signature.getSignedInfo().item(index);
            if (PROPERTIES.equals(reference.getType())) {
                propertiesSigned = true;
            } else {
                names.put(Signatures.filename(reference.getURI()), reference.getId());
            }
        }
        Refused.unless(propertiesSigned, "SignedProperties is not signed");
        Map<String, String> typeOf = new HashMap<>();
        for (Element format : Xml.all(document, XADES, "DataObjectFormat")) {
            String type =
                    format.getElementsByTagNameNS(XADES, "MimeType").item(0).getTextContent();
            typeOf.put(format.getAttribute("ObjectReference").replaceFirst("^#", ""), type);
        }
        Map<String, String> types = new LinkedHashMap<>();
        for (String name : files.keySet()) {
            String id = names.get(name);
            Refused.unless(id != null, name + " is in the package and not signed");
            Refused.unless(typeOf.containsKey(id), name + " has no DataObjectFormat");
            types.put(name, typeOf.get(id));
        }
        return types;
    }

    private static void checkCertificateDigest(Element properties, X509Certificate signer)
            throws Exception {
        List<Element> certificates =
                Xml.all(properties.getOwnerDocument(), XADES, "CertDigest");
        Refused.unless(certificates.size() == 1, "one CertDigest was expected");
        Element value =
                (Element) certificates.get(0).getElementsByTagNameNS(Xml.DS, "DigestValue").item(0);
        byte[] digest = MessageDigest.getInstance("SHA-1").digest(signer.getEncoded());
        Refused.unless(
                Base64.getEncoder().encodeToString(digest).equals(value.getTextContent().trim()),
                "CertDigest is not that of the signer");
    }
}
