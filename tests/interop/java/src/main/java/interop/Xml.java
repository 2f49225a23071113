package interop;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Reads XML with the parser of the JDK. */
final class Xml {
    static final String DS = "http://www.w3.org/2000/09/xmldsig#";

    private Xml() {}

    static Document parse(byte[] content) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return builder(factory).parse(new ByteArrayInputStream(content));
    }

    /** Gives an element a document of its own, as receivers do before they verify it. */
    static Document alone(Element element) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Document document = builder(factory).newDocument();
        document.appendChild(document.importNode(element, true));
        return document;
    }

    static List<Element> all(Document document, String namespace, String name) {
        NodeList found = document.getElementsByTagNameNS(namespace, name);
        List<Element> elements = new ArrayList<>();
        for (int index = 0; index < found.getLength(); index++) {
            elements.add((Element) found.item(index));
        }
        return elements;
    }

    static Element only(Document document, String namespace, String name) throws Refused {
        List<Element> found = all(document, namespace, name);
        Refused.unless(found.size() == 1, "one " + name + " was expected, and not " + found.size());
        return found.get(0);
    }

    private static DocumentBuilder builder(DocumentBuilderFactory factory) throws Exception {
        return factory.newDocumentBuilder();
    }
}
