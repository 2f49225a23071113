package interop;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.activation.MimeType;
import org.jvnet.mimepull.MIMEMessage;
import org.jvnet.mimepull.MIMEPart;

/** The parts of a request: its envelope, and its attachments by their Content-ID. */
final class Mime {
    final byte[] envelope;
    final Map<String, byte[]> attachments;
    final Map<String, String> types;

    private Mime(byte[] envelope, Map<String, byte[]> attachments, Map<String, String> types) {
        this.envelope = envelope;
        this.attachments = attachments;
        this.types = types;
    }

    static Mime split(String contentType, byte[] body) throws Exception {
        MimeType type = new MimeType(contentType);
        Refused.unless(
                type.getBaseType().equals("multipart/related"), "the request is not multipart/related");
        Refused.unless(
                "application/soap+xml".equals(type.getParameter("type")), "the envelope is not SOAP 1.2");
        String start = type.getParameter("start"); // without it, the first part is the root
        byte[] envelope = null;
        Map<String, byte[]> attachments = new LinkedHashMap<>();
        Map<String, String> types = new LinkedHashMap<>();
        try (MIMEMessage message =
                new MIMEMessage(new ByteArrayInputStream(body), type.getParameter("boundary"))) {
            List<MIMEPart> parts = message.getAttachments();
            for (MIMEPart part : parts) {
                byte[] content = read(part);
                String id = part.getContentId() == null ? "" : bare(part.getContentId());
                if (start == null ? envelope == null : id.equals(bare(start))) {
                    envelope = content;
                } else {
                    attachments.put(id, content);
                    types.put(id, part.getContentType());
                }
            }
        }
        Refused.unless(envelope != null, "no part is the one that start names");
        return new Mime(envelope, attachments, types);
    }

    private static byte[] read(MIMEPart part) throws Exception {
        try (InputStream content = part.read()) {
            return content.readAllBytes();
        }
    }

    private static String bare(String contentId) {
        return contentId.replaceAll("^<|>$", "");
    }
}
