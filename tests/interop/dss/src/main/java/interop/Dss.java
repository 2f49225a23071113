package interop;

import com.fasterxml.jackson.databind.JsonNode;
import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.jaxb.XmlSignatureScope;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Has the European Commission's DSS validate the signature of packages; JSON, line by line. */
public final class Dss {
    private Dss() {}

    public static void main(String[] arguments) throws Exception {
        Orders.answer(Dss::validate);
    }

    private static Map<String, Object> validate(JsonNode order) throws Exception {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trusted(order.get("trust").asText()));
        SignedDocumentValidator validator =
                SignedDocumentValidator.fromDocument(new FileDocument(order.get("file").asText()));
        validator.setCertificateVerifier(verifier);
        Reports reports = validator.validateDocument();
        DiagnosticData data = reports.getDiagnosticData();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("container", String.valueOf(data.getContainerType()));
        told.put("mimetype_present", data.isMimetypeFilePresent());
        List<Map<String, Object>> signatures = new ArrayList<>();
        for (SignatureWrapper signature : data.getSignatures()) {
            signatures.add(describe(signature, reports.getSimpleReport()));
        }
        told.put("signatures", signatures);
        return told;
    }

    private static Map<String, Object> describe(SignatureWrapper signature, SimpleReport report) {
        Map<String, Object> told = new LinkedHashMap<>();
        String id = signature.getId();
        told.put("format", signature.getSignatureFormat().toString());
        told.put("intact", signature.isSignatureIntact());
        told.put("valid", signature.isSignatureValid());
        told.put("structure", signature.isStructuralValidationValid());
        told.put("structure_messages", signature.getStructuralValidationMessages());
        told.put("certificate_found", signature.isSigningCertificateIdentified());
        told.put(
                "certificate_digest",
                signature.getSigningCertificateReference().getDigestMethod().getName());
        told.put("trusted", signature.isTrustedChain());
        List<String> files = new ArrayList<>();
        for (XmlSignatureScope scope : signature.getSignatureScopes()) {
            files.add(scope.getName());
        }
        told.put("files", files);
        told.put("indication", String.valueOf(report.getIndication(id)));
        told.put("subindication", String.valueOf(report.getSubIndication(id)));
        told.put("errors", texts(report.getAdESValidationErrors(id)));
        told.put("warnings", texts(report.getAdESValidationWarnings(id)));
        return told;
    }

    private static List<String> texts(List<Message> messages) {
        List<String> texts = new ArrayList<>();
        messages.forEach(message -> texts.add(message.getKey() + ": " + message.getValue()));
        return texts;
    }

    private static CommonTrustedCertificateSource trusted(String pem) throws Exception {
        CommonTrustedCertificateSource source = new CommonTrustedCertificateSource();
        try (InputStream content = new FileInputStream(new File(pem))) {
            for (Certificate found :
                    CertificateFactory.getInstance("X.509").generateCertificates(content)) {
                source.addCertificate(new CertificateToken((X509Certificate) found));
            }
        }
        return source;
    }
}
