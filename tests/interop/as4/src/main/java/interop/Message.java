package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.helger.collection.commons.ICommonsList;
import com.helger.http.header.HttpHeaderMap;
import com.helger.phase4.attachment.IAS4IncomingAttachmentFactory;
import com.helger.phase4.attachment.WSS4JAttachment;
import com.helger.phase4.incoming.AS4IncomingHandler;
import com.helger.phase4.incoming.AS4IncomingMessageMetadata;
import com.helger.phase4.model.ESoapVersion;
import com.helger.phase4.util.AS4ResourceHelper;
import java.io.FileInputStream;
import org.w3c.dom.Document;

/** What came over HTTP, as phase4 splits it: an envelope and what is attached to it. */
record Message(
        HttpHeaderMap headers,
        Document envelope,
        ESoapVersion version,
        ICommonsList<WSS4JAttachment> attachments) {

    /** Read a body from a file; the order also has the Content-Type it came with. */
    static Message of(JsonNode order, AS4ResourceHelper resources) throws Exception {
        HttpHeaderMap headers = new HttpHeaderMap();
        headers.addHeader("Content-Type", order.get("content_type").asText());
        Message[] taken = new Message[1];
        AS4IncomingHandler.parseAS4Message(
                IAS4IncomingAttachmentFactory.DEFAULT_INSTANCE,
                resources,
                AS4IncomingMessageMetadata.createForRequest(),
                new FileInputStream(order.get("body").asText()),
                headers,
                (map, envelope, version, attachments) ->
                        taken[0] = new Message(map, envelope, version, attachments),
                null);
        return taken[0];
    }
}
