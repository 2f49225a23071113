package interop;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Map;
import org.apache.xml.security.signature.XMLSignature;
import org.apache.xml.security.signature.XMLSignatureInput;
import org.apache.xml.security.utils.resolver.ResourceResolverContext;
import org.apache.xml.security.utils.resolver.ResourceResolverSpi;
import org.w3c.dom.Element;

/** Verifies XML signatures with Santuario, its secure validation switched on. */
final class Signatures {
    private static final boolean SECURE = true;

    private Signatures() {}

    /** Verifies a signature and every digest in it; `files` has those that URIs name. */
    static XMLSignature verify(Element element, Map<String, byte[]> files) throws Exception {
        XMLSignature signature = new XMLSignature(element, "", SECURE);
        signature.addResourceResolver(new Files(files));
        X509Certificate certificate = signature.getKeyInfo().getX509Certificate();
        Refused.unless(certificate != null, "the signature holds no certificate");
        Refused.unless(signature.checkSignatureValue(certificate), "the XML signature is broken");
        return signature;
    }

    /** Reads a relative URI as RFC 3986 has it: a plus sign is no space. */
    static String filename(String uri) {
        return URLDecoder.decode(uri.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static final class Files extends ResourceResolverSpi {
        private final Map<String, byte[]> byName;

        Files(Map<String, byte[]> byName) {
            this.byName = byName;
        }

        @Override
        public boolean engineCanResolveURI(ResourceResolverContext context) {
            return byName.containsKey(filename(context.uriToResolve));
        }

        @Override
        public XMLSignatureInput engineResolveURI(ResourceResolverContext context) {
            return new XMLSignatureInput(byName.get(filename(context.uriToResolve)));
        }
    }
}
