package interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import no.digipost.print.validate.PdfValidationResult;
import no.digipost.print.validate.PdfValidationSettings;
import no.digipost.print.validate.PdfValidator;
import no.digipost.sanitizing.HtmlValidationResult;
import no.digipost.sanitizing.HtmlValidator;

/** Has Digipost's own validators judge documents; JSON, line by line. */
public final class Digipost {
    private Digipost() {}

    public static void main(String[] arguments) throws Exception {
        HtmlValidator html = new HtmlValidator();
        PdfValidator pdf = new PdfValidator();
        Orders.answer(
                order -> {
                    byte[] document = Base64.getDecoder().decode(order.get("document").asText());
                    return order.get("command").asText().equals("html")
                            ? told(html.valider(document))
                            : told(pdf.validate(document, settings(order)));
                });
    }

    private static Map<String, Object> told(HtmlValidationResult result) {
        return Map.of("taken", result.okForWeb, "why", result.toString());
    }

    private static Map<String, Object> told(PdfValidationResult result) {
        List<String> why = new ArrayList<>();
        result.errors.forEach(error -> why.add(error.name()));
        return Map.of("taken", result.okForPrint, "why", String.join(", ", why));
    }

    /** Those of the print service: neither margin nor number of pages is checked. */
    private static PdfValidationSettings settings(JsonNode order) {
        return new PdfValidationSettings(
                false, true, false, true, order.get("bleed").asInt(), 10);
    }
}
