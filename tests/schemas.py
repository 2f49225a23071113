"""The official schemas, loaded as one so that every part of a message is held to its own."""

from __future__ import annotations

from functools import cache

from lxml import etree

from tests.reference import reference

_XSD = "http://www.w3.org/2001/XMLSchema"

_ON_THE_WIRE = {
    "http://www.w3.org/2003/05/soap-envelope": "w3/soap-envelope.xsd",
    "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/": (
        "ebxml/ebms-header-3_0-200704.xsd"
    ),
    "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0": "ebxml/ebbp-signals-2.0.xsd",
    "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader": (
        "SBDH20040506-02/StandardBusinessDocumentHeader.xsd"
    ),
    "http://begrep.difi.no/sdp/schema_v10": "sdp.xsd",
}


@cache
def wire_schema() -> etree.XMLSchema:
    """The schema of SOAP envelopes, their ebMS header and the business messages in them.

    Where SOAP and SBDH allow any content, that content is held to the schema of its namespace.
    """
    folder = reference("schemas/xsd")
    imports = "".join(
        f'<xsd:import namespace="{namespace}" schemaLocation="{(folder / name).as_uri()}"/>'
        for namespace, name in _ON_THE_WIRE.items()
    )
    schema = f'<xsd:schema xmlns:xsd="{_XSD}">{imports}</xsd:schema>'
    return etree.XMLSchema(etree.fromstring(schema))


def assert_valid(document: etree._Element, schema: etree.XMLSchema | None = None) -> None:
    """Fail with the schema's own words where the document breaks it."""
    found = schema or wire_schema()
    assert found.validate(document), found.error_log
