"""One question and its answer, written and read by zeep, with WS-Security put on and taken off.

Zeep is loaded when it is first needed.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from sdp.errors import ConfigurationError, HttpStatusError, UnreadableAnswerError
from sdp.krr.soap.envelope import (
    BINDING,
    MAX_BYTES,
    MAX_ELEMENTS,
    OPPSLAGSTJENESTEN,
    XSI,
    Signed,
    sign,
)
from sdp.krr.soap.reading import raise_fault
from sdp.transport.request import BytesBody, HttpRequest
from sdp.xmlsec import parse
from sdp.xmlsec.names import ENV

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sdp.krr.soap.envelope import Verifier
    from sdp.pki import Signer
    from sdp.transport.request import HttpResponse


_FILES: Final = frozenset({"oppslagstjenesten.wsdl", "oppslagstjenesten.xsd", "begrep.xsd"})
_FOLDER: Final = "file:///"


class OnlyOurFiles:
    """A loader for zeep that knows three files by name and reaches nothing else."""

    def load(self, url: str) -> bytes:
        """Return the content of one of the files.

        Raises:
            ConfigurationError: it is not one of them.
        """
        name = url.removeprefix(_FOLDER)
        if name not in _FILES:
            raise ConfigurationError(f"The register is not described by {name}.")
        return (files(__package__) / name).read_bytes()


class Description:
    """Makes questions and reads answers as the description says. Safe to share between threads.

    Zeep is untyped, and what it is given and gives goes no further than this module.

    Raises:
        ConfigurationError: zeep is not installed.
    """

    def __init__(self) -> None:
        self._zeep = _zeep()
        self._transport = OnlyOurFiles()
        # An answer may hold more than is described; strict would refuse it. What zeep is given to
        # read has been parsed and written anew by us, so leniency about form changes nothing.
        self._settings = self._zeep.Settings(strict=False, forbid_dtd=True, forbid_external=True)
        self._document = self._zeep.wsdl.Document(
            f"{_FOLDER}oppslagstjenesten.wsdl", self._transport, settings=self._settings
        )

    def make(self, plugin: object, operation: str, arguments: dict[str, Any]) -> None:
        """Make a question and hand it to the plugin's `egress`."""
        client = self._client(plugin)
        service = client.create_service(BINDING, "")
        client.create_message(service, operation, **arguments)

    def read(self, plugin: object, operation: str, content: bytes) -> Any:
        """Read an answer after the plugin's `ingress` has had it, as plain lists, dicts and text.

        Raises:
            UnreadableAnswerError: it is not as described.
        """
        binding = self._document.bindings[BINDING]
        client = self._client(plugin)
        try:
            found = binding.process_reply(client, binding.get(operation), _Reply(content))
            return self._zeep.helpers.serialize_object(found, dict)
        except self._zeep.exceptions.Error:
            # The words may repeat what the answer says of people.
            raise UnreadableAnswerError("The answer of the contact register is garbled.") from None

    def _client(self, plugin: object) -> Any:
        return self._zeep.Client(
            self._document, transport=self._transport, plugins=[plugin], settings=self._settings
        )


class _Reply:
    """As much of an HTTP response as zeep reads. The headers are kept from it: no multipart."""

    status_code: Final = 200
    encoding: Final = "utf-8"

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.headers: dict[str, str] = {}


def _zeep() -> Any:
    try:
        for name in ("zeep.exceptions", "zeep.helpers", "zeep.wsdl"):
            importlib.import_module(name)
        return importlib.import_module("zeep")
    except ImportError as error:
        raise ConfigurationError(
            "The contact register is asked over SOAP with zeep, which is not installed.",
            remedy="Install: pip install 'sikker-digital-post[soap]', or ask over REST.",
        ) from error


@dataclass(slots=True)
class Conversation:
    """Asks one question, perhaps again. A plugin of zeep; it remembers what must be confirmed.

    Attributes:
        description: makes and reads messages.
        signer: signs the question.
        verifier: decides whether the answer counts.
        clock: tells the time; aware.
    """

    description: Description
    signer: Signer
    verifier: Verifier
    clock: Callable[[], datetime]
    _signed: Signed | None = field(default=None, init=False, repr=False)
    _headers: Mapping[str, str] = field(default_factory=dict, init=False, repr=False)

    def request(self, url: str, operation: str, arguments: dict[str, Any]) -> HttpRequest:
        """Make the signed question."""
        self.description.make(self, operation, arguments)
        content = etree.tostring(self._sent.envelope, xml_declaration=True, encoding="UTF-8")
        return HttpRequest(
            "POST", url, self._headers, BytesBody(content), service="the contact register"
        )

    def read(self, operation: str, response: HttpResponse) -> Any:
        """Read the answer as plain lists, dicts and text.

        Raises:
            SoapFaultError, HttpStatusError: the register refused.
            UnreadableAnswerError, CertificateError, SignatureError: as for `Verifier`; or the
                answer is no XML, or to another kind of question.
        """
        try:
            root = parse(response.content, max_bytes=MAX_BYTES, max_elements=MAX_ELEMENTS)
        except UnreadableAnswerError as error:
            if response.status != 200:
                raise HttpStatusError(response.status) from error
            raise
        raise_fault(root, response.status)
        if response.status != 200:
            raise HttpStatusError(response.status)
        # Zeep parses once more. What it parses is what we have parsed, whatever the answer
        # declares about itself.
        return self.description.read(self, operation, etree.tostring(root, encoding="UTF-8"))

    def egress(
        self, envelope: etree._Element, http_headers: dict[str, str], _operation: Any, _options: Any
    ) -> tuple[etree._Element, dict[str, str]]:
        """Sign what zeep has made."""
        self._signed = sign(envelope, self.signer, moment=self.clock())
        self._headers = http_headers
        return self._signed.envelope, http_headers

    def ingress(
        self, envelope: etree._Element, http_headers: dict[str, str], operation: Any
    ) -> tuple[etree._Element, dict[str, str]]:
        """Give zeep the verified body to read, and nothing else of the answer."""
        body = self.verifier.verified_body(
            envelope, signature_value=self._sent.signature_value, moment=self.clock()
        )
        verified = etree.Element(f"{{{ENV}}}Envelope")
        verified.append(body)
        raise_fault(verified, 200)
        if [part.tag for part in body] != [f"{{{OPPSLAGSTJENESTEN}}}{operation.name}Respons"]:
            raise UnreadableAnswerError("The answer is to another kind of question.")
        # Our description says of what type a part is, whatever the answer says of itself.
        etree.strip_attributes(verified, f"{{{XSI}}}type")
        return verified, http_headers

    @property
    def _sent(self) -> Signed:
        if self._signed is None:
            raise RuntimeError("the question has not been asked")
        return self._signed
