package interop;

import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.transform.Source;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import no.digipost.api.xml.Schemas;
import org.springframework.core.io.Resource;
import org.w3c.dom.Document;
import org.xml.sax.SAXException;

/** Validates against the XML schemas that the Java client has with it. */
final class Schemes {
    private static final Schema ENVELOPE = read(Schemas.EBMS_SCHEMA);
    private static final Schema SBD = read(Schemas.sbdResources());
    private static final Schema MANIFEST = read(Schemas.SDP_MANIFEST_SCHEMA);
    private static final Schema SIGNATURES =
            read(Schemas.XMLDSIG_SCHEMA, Schemas.XADES_SCHEMA, Schemas.ASICE_SCHEMA);
    private static final Schema LENKE = read(Schemas.LENKE_SCHEMA);
    private static final Schema ARRANGEMENT = read(Schemas.ARRANGEMENT_SCHEMA);

    private Schemes() {}

    static void messaging(Document document) throws Exception {
        validate(ENVELOPE, document, "Messaging");
    }

    static void sbd(Document document) throws Exception {
        validate(SBD, document, "StandardBusinessDocument");
    }

    static void manifest(Document document) throws Exception {
        validate(MANIFEST, document, "manifest.xml");
    }

    static void signatures(Document document) throws Exception {
        validate(SIGNATURES, document, "signatures.xml");
    }

    static void metadata(Document document) throws Exception {
        String name = document.getDocumentElement().getLocalName();
        validate(name.equals("lenke") ? LENKE : ARRANGEMENT, document, name);
    }

    private static void validate(Schema schema, Document document, String what) throws Exception {
        try {
            schema.newValidator().validate(new DOMSource(document));
        } catch (SAXException problem) {
            throw new Refused(what + " breaks its schema", problem);
        }
    }

    private static Schema read(Resource... resources) {
        try {
            List<Source> sources = new ArrayList<>();
            for (Resource resource : resources) {
                sources.add(new StreamSource(resource.getURL().toString()));
            }
            SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
            return factory.newSchema(sources.toArray(new Source[0]));
        } catch (Exception problem) {
            throw new IllegalStateException(resources[0].getDescription(), problem);
        }
    }
}
