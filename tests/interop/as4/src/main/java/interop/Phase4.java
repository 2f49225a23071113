package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.helger.scope.mgr.ScopeManager;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Has phase4, an AS4 implementation, judge ebMS 3 messages; JSON, line by line. */
public final class Phase4 {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Phase4() {}

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err); // libraries that print must not disturb the answers
        System.setProperty("slf4j.internal.verbosity", "WARN");
        ScopeManager.onGlobalBegin("as4-witness");
        BufferedReader orders =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            answers.write(JSON.writeValueAsBytes(answer(JSON.readTree(line))));
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
            answer.put("error", problem.toString());
        }
        return answer;
    }

    private static Map<String, Object> carryOut(JsonNode order) throws Exception {
        String command = order.get("command").asText();
        return switch (command) {
            case "read" -> Header.read(order.get("file").asText());
            case "receive" -> Incoming.receive(order);
            case "acknowledge" -> Signals.acknowledge(order);
            case "refuse" -> Signals.refuse(order);
            case "match" -> Signals.match(order);
            default -> throw new IllegalArgumentException("no such command: " + command);
        };
    }
}
