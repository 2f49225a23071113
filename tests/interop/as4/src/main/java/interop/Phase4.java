package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.helger.scope.mgr.ScopeManager;
import java.util.Map;

/** Has phase4, an AS4 implementation, judge ebMS 3 messages; JSON, line by line. */
public final class Phase4 {
    private Phase4() {}

    public static void main(String[] arguments) throws Exception {
        System.setProperty("slf4j.internal.verbosity", "WARN");
        ScopeManager.onGlobalBegin("as4-witness");
        Orders.answer(Phase4::carryOut);
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
