package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.wss4j.dom.engine.WSSConfig;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.w3c.dom.Document;

/** Answers one JSON object on standard output for each one on standard input. */
public final class Witness {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static JavaClient client;

    private Witness() {}

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err); // libraries that print must not disturb the answers
        WSSConfig.init();
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader orders =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            byte[] answer = JSON.writeValueAsBytes(answer(JSON.readTree(line)));
            answers.write(answer);
            answers.write('\n');
            answers.flush();
        }
    }

    private static Map<String, Object> answer(JsonNode order) {
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            answer.put("details", carryOut(order));
            answer.put("ok", true);
        } catch (Exception | Error problem) {
            answer.put("ok", false);
            answer.put("error", Problems.describe(problem));
        }
        return answer;
    }

    private static Map<String, Object> carryOut(JsonNode order) throws Exception {
        String command = order.path("command").asText();
        switch (command) {
            case "verify":
                return Verification.of(order);
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
        return Sbd.texts(document);
    }

    private static byte[] read(JsonNode order) throws Exception {
        return Files.readAllBytes(Path.of(order.get("file").asText()));
    }
}
