package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * An HTTPS server in the place of broker and recipient together: keeps each request as it came over
 * the wire, takes it apart, and answers with a receipt, or with an error where it finds fault.
 */
final class Receiver {
    private final HttpsServer server;
    private final Path kept;
    private final Verification verification;
    private final KeyStore broker;
    private final String password;
    private Map<String, Object> latest;

    private Receiver(
            HttpsServer server,
            Path kept,
            Verification verification,
            KeyStore broker,
            String password) {
        this.server = server;
        this.kept = kept;
        this.verification = verification;
        this.broker = broker;
        this.password = password;
    }

    static Receiver start(JsonNode order) throws Exception {
        String password = order.get("password").asText();
        List<X509Certificate> trusted = Keys.certificates(Path.of(order.get("trust").asText()));
        Map<String, KeyStore> recipients = new HashMap<>();
        for (JsonNode each : order.get("recipients")) {
            recipients.put(
                    each.get("organisasjonsnummer").asText(),
                    Keys.pkcs12(Path.of(each.get("pkcs12").asText()), password));
        }
        HttpsServer server =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        KeyStore tls = Keys.pkcs12(Path.of(order.get("tls").asText()), password);
        server.setHttpsConfigurator(new HttpsConfigurator(tls(tls, password)));
        Receiver receiver =
                new Receiver(
                        server,
                        Path.of(order.get("keep").asText()),
                        new Verification(trusted, recipients, password),
                        Keys.pkcs12(Path.of(order.get("broker").asText()), password),
                        password);
        server.createContext("/", receiver::handle);
        server.start();
        return receiver;
    }

    int port() {
        return server.getAddress().getPort();
    }

    void stop() {
        server.stop(0);
    }

    /** Tells of the latest request, once. */
    synchronized Map<String, Object> take() throws Refused {
        Refused.unless(latest != null, "nothing has been received");
        Map<String, Object> taken = latest;
        latest = null;
        return taken;
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        Files.write(kept, body);
        String contentType = exchange.getRequestHeaders().getFirst("Content-Type");
        latest = new LinkedHashMap<>();
        latest.put("method", exchange.getRequestMethod());
        latest.put("path", exchange.getRequestURI().getRawPath());
        latest.put("content_type", contentType);
        latest.put("content_length", exchange.getRequestHeaders().getFirst("Content-Length"));
        try (exchange) {
            Mime mime = null;
            try {
                mime = Mime.split(contentType, body);
                latest.put("found", verification.of(mime));
                respond(exchange, 200, receiptFor(mime));
            } catch (Exception problem) {
                latest.put("error", Orders.describe(problem));
                respond(exchange, 500, faultFor(mime, problem));
            }
        }
    }

    private byte[] receiptFor(Mime mime) throws Exception {
        Envelope envelope = Envelope.read(mime);
        return Answers.receipt(
                envelope.messageId(), envelope.payloadReferences(), broker, password);
    }

    private static byte[] faultFor(Mime mime, Exception problem) throws IOException {
        try {
            String refTo = mime == null ? null : Envelope.read(mime).messageId();
            return Answers.fault(Fault.of(problem), Orders.describe(problem), refTo);
        } catch (Exception again) {
            throw new IOException(again);
        }
    }

    private static void respond(HttpExchange exchange, int status, byte[] content)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/soap+xml; charset=utf-8");
        exchange.sendResponseHeaders(status, content.length);
        exchange.getResponseBody().write(content);
    }

    private static SSLContext tls(KeyStore keys, String password) throws Exception {
        KeyManagerFactory managers =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, password.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }
}
