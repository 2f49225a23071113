package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Answers one JSON object on standard output for each one on standard input. */
final class Orders {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Orders() {}

    /** Gives the details of the answer to one order. */
    interface Program {
        Map<String, ?> carryOut(JsonNode order) throws Exception;
    }

    /** Answers until there are no more orders. */
    static void answer(Program program) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err); // libraries that print must not disturb the answers
        BufferedReader orders =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            answers.write(JSON.writeValueAsBytes(answer(program, JSON.readTree(line))));
            answers.write('\n');
            answers.flush();
        }
    }

    private static Map<String, Object> answer(Program program, JsonNode order) {
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            answer.put("details", program.carryOut(order));
            answer.put("ok", true);
        } catch (Exception | Error problem) {
            answer.put("ok", false);
            answer.put("error", describe(problem));
        }
        return answer;
    }

    /** Tells what went wrong, with every cause. */
    static String describe(Throwable problem) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            text.append(text.length() == 0 ? "" : " <- ")
                    .append(cause.getClass().getSimpleName())
                    .append(": ")
                    .append(cause.getMessage());
        }
        return text.toString();
    }
}
