package interop;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.digipost.api.xml.Constants;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** What the manifest of a package says about each document. */
final class Manifest {
    final List<Map<String, Object>> documents = new ArrayList<>();

    private Manifest() {}

    static Manifest read(Asice asice) throws Exception {
        Document document = Xml.parse(asice.files.get("manifest.xml"));
        Manifest manifest = new Manifest();
        for (String name : List.of("hoveddokument", "vedlegg")) {
            for (Element each : Xml.all(document, Constants.SDP_NAMESPACE, name)) {
                manifest.documents.add(described(each));
            }
        }
        return manifest;
    }

    /** The names of the metadata documents. */
    List<String> metadata() {
        List<String> names = new ArrayList<>();
        for (Map<String, Object> each : documents) {
            if (each.containsKey("metadata")) {
                names.add((String) each.get("metadata"));
            }
        }
        return names;
    }

    private static Map<String, Object> described(Element document) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("name", document.getAttribute("href"));
        told.put("type", document.getAttribute("mime"));
        for (Element title : Xml.all(document, Constants.SDP_NAMESPACE, "tittel")) {
            told.put("title", title.getTextContent());
            told.put("language", title.getAttribute("lang"));
        }
        for (Element data : Xml.all(document, Constants.SDP_NAMESPACE, "data")) {
            told.put("metadata", data.getAttribute("href"));
            told.put("metadata_type", data.getAttribute("mime"));
        }
        return told;
    }
}
