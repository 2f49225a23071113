"""One question and its answer: zeep's messages with WS-Security put on and taken off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lxml import etree

from sdp.errors import HttpStatusError, UnreadableAnswerError
from sdp.krr.soap import names
from sdp.krr.soap.decryption import MAX_BYTES, MAX_ELEMENTS
from sdp.krr.soap.faults import raise_fault
from sdp.krr.soap.signing import Signed, sign
from sdp.transport.exchange import BytesBody, HttpRequest
from sdp.xmlsec import parse
from sdp.xmlsec.namespaces import ENV

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sdp.krr.soap.description import Description
    from sdp.krr.soap.verification import Verifier
    from sdp.pki import Signer
    from sdp.transport.exchange import HttpResponse


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
        return HttpRequest("POST", url, self._headers, BytesBody(content))

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
        if [part.tag for part in body] != [f"{{{names.OPPSLAGSTJENESTEN}}}{operation.name}Respons"]:
            raise UnreadableAnswerError("The answer is to another kind of question.")
        # Our description says of what type a part is, whatever the answer says of itself.
        etree.strip_attributes(verified, f"{{{names.XSI}}}type")
        return verified, http_headers

    @property
    def _sent(self) -> Signed:
        if self._signed is None:
            raise RuntimeError("the question has not been asked")
        return self._signed
