package interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.List;
import java.util.Map;
import no.digipost.api.xml.Constants;
import org.apache.wss4j.dom.engine.WSSConfig;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.w3c.dom.Document;

/** Receives letters, judges documents and packages, and sends letters with Difi's client. */
public final class Witness {
    private static JavaClient client;
    private static Receiver receiver;

    private Witness() {}

    public static void main(String[] arguments) throws Exception {
        WSSConfig.init();
        Security.addProvider(new BouncyCastleProvider());
        Orders.answer(Witness::carryOut);
        System.exit(0); // the receiver would go on
    }

    private static Map<String, ?> carryOut(JsonNode order) throws Exception {
        String command = order.path("command").asText();
        switch (command) {
            case "listen":
                if (receiver != null) {
                    receiver.stop();
                }
                receiver = Receiver.start(order);
                return Map.of("port", receiver.port());
            case "received":
                return receiver.take();
            case "verify_sbd":
                return Map.of("texts", sbd(read(order)));
            case "verify_package":
                return Map.of("files", Verification.files(Asice.verify(read(order))));
            case "connect":
                client = JavaClient.connect(order);
                return Map.of();
            case "send":
                return client.send(order);
            case "pull":
                return client.pull(order);
            case "confirm":
                return client.confirm(order);
            default:
                throw new IllegalArgumentException("no such command: " + command);
        }
    }

    private static List<List<String>> sbd(byte[] content) throws Exception {
        Document document = Xml.parse(content);
        Sbd.verify(document);
        return Xml.texts(document, Constants.SDP_NAMESPACE);
    }

    private static byte[] read(JsonNode order) throws Exception {
        return Files.readAllBytes(Path.of(order.get("file").asText()));
    }
}
