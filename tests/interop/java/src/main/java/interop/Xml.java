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
        return all(document.getDocumentElement(), namespace, name);
    }

    /** The elements of this name below another, or it itself where it is the root. */
    static List<Element> all(Element parent, String namespace, String name) {
        NodeList found =
                parent.getParentNode() instanceof Document
                        ? parent.getOwnerDocument().getElementsByTagNameNS(namespace, name)
                        : parent.getElementsByTagNameNS(namespace, name);
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

    /** What a document says, as pairs of element name and text, in order. */
    static List<List<String>> texts(Document document, String namespace) {
        List<List<String>> texts = new ArrayList<>();
        for (Element element : all(document, namespace, "*")) {
            if (element.getElementsByTagName("*").getLength() == 0) {
                texts.add(List.of(element.getLocalName(), element.getTextContent()));
            }
        }
        return texts;
    }

    private static DocumentBuilder builder(DocumentBuilderFactory factory) throws Exception {
        return factory.newDocumentBuilder();
    }
}
