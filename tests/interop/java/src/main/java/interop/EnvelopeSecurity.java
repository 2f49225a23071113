package interop;

import java.io.ByteArrayInputStream;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.xml.namespace.QName;
import no.digipost.api.xml.Constants;
import org.apache.wss4j.common.crypto.AlgorithmSuite;
import org.apache.wss4j.common.crypto.Merlin;
import org.apache.wss4j.common.ext.Attachment;
import org.apache.wss4j.common.ext.AttachmentRequestCallback;
import org.apache.wss4j.common.ext.AttachmentResultCallback;
import org.apache.wss4j.dom.WSConstants;
import org.apache.wss4j.dom.WSDataRef;
import org.apache.wss4j.dom.engine.WSSecurityEngine;
import org.apache.wss4j.dom.engine.WSSecurityEngineResult;
import org.apache.wss4j.dom.handler.RequestData;
import org.apache.wss4j.dom.handler.WSHandlerResult;
import org.w3c.dom.Document;

/** Verifies WS-Security with WSS4J, its Basic Security Profile rules switched on. */
final class EnvelopeSecurity {
    private static final QName BODY = new QName(Constants.SOAP_ENVELOPE12_NAMESPACE, "Body");

    final X509Certificate signer;
    final Map<String, byte[]> attachmentDigests;
    final List<String> signed;

    private EnvelopeSecurity(
            X509Certificate signer, Map<String, byte[]> attachmentDigests, List<String> signed) {
        this.signer = signer;
        this.attachmentDigests = attachmentDigests;
        this.signed = signed;
    }

    static EnvelopeSecurity verify(Document envelope, Mime mime, List<X509Certificate> trusted)
            throws Exception {
        Merlin crypto = new Merlin();
        crypto.setTrustStore(Keys.trust(trusted));
        RequestData data = new RequestData();
        data.setSigVerCrypto(crypto);
        data.setAlgorithmSuite(algorithms());
        data.setRequireTimestampExpires(true);
        data.setAttachmentCallbackHandler(attachments(mime));
        WSHandlerResult result = new WSSecurityEngine().processSecurityHeader(envelope, data);
        Refused.unless(result != null, "the envelope has no WS-Security header");
        List<WSSecurityEngineResult> signatures = of(result, WSConstants.SIGN);
        Refused.unless(signatures.size() == 1, "one signature was expected");
        Refused.unless(of(result, WSConstants.TS).size() == 1, "one timestamp was expected");
        return read(signatures.get(0));
    }

    @SuppressWarnings("unchecked")
    private static EnvelopeSecurity read(WSSecurityEngineResult signature) throws Refused {
        List<WSDataRef> references =
                (List<WSDataRef>) signature.get(WSSecurityEngineResult.TAG_DATA_REF_URIS);
        Map<String, byte[]> digests = new TreeMap<>();
        List<QName> elements = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (WSDataRef reference : references) {
            if (reference.isAttachment()) {
                digests.put(reference.getWsuId().replaceFirst("^cid:", ""), reference.getDigestValue());
            } else {
                elements.add(reference.getName());
                names.add(reference.getName().getLocalPart());
            }
        }
        Refused.unless(elements.contains(BODY), "the body is not signed");
        Refused.unless(elements.contains(Constants.MESSAGING_QNAME), "Messaging is not signed");
        Refused.unless(elements.contains(Constants.TIMESTAMP), "the timestamp is not signed");
        Collections.sort(names);
        return new EnvelopeSecurity(
                (X509Certificate) signature.get(WSSecurityEngineResult.TAG_X509_CERTIFICATE),
                digests,
                names);
    }

    private static List<WSSecurityEngineResult> of(WSHandlerResult result, int action) {
        return result.getActionResults().getOrDefault(action, Collections.emptyList());
    }

    private static AlgorithmSuite algorithms() {
        AlgorithmSuite suite = new AlgorithmSuite();
        suite.addDigestAlgorithm(WSConstants.SHA256);
        suite.addSignatureMethod(Constants.RSA_SHA256);
        suite.addC14nAlgorithm(WSConstants.C14N_EXCL_OMIT_COMMENTS);
        return suite;
    }

    private static CallbackHandler attachments(Mime mime) {
        return callbacks -> {
            for (Callback callback : callbacks) {
                if (callback instanceof AttachmentResultCallback) {
                    continue; // hands the verified bytes back, which are the ones we gave
                }
                if (!(callback instanceof AttachmentRequestCallback)) {
                    throw new UnsupportedCallbackException(callback);
                }
                AttachmentRequestCallback request = (AttachmentRequestCallback) callback;
                byte[] content = mime.attachments.get(request.getAttachmentId());
                List<Attachment> found = new ArrayList<>();
                if (content != null) {
                    Attachment attachment = new Attachment();
                    attachment.setId(request.getAttachmentId());
                    attachment.setMimeType(mime.types.get(request.getAttachmentId()));
                    attachment.setSourceStream(new ByteArrayInputStream(content));
                    found.add(attachment);
                }
                request.setAttachments(found);
            }
        };
    }
}
