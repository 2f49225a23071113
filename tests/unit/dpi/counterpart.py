"""The other side of the wire in tests: an access point, Maskinporten, and whoever signs receipts.

What is sent is taken apart by the standard library, and receipts are signed with the key alone:
none of it shares code with the wire.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from sdp.pki import Identity
from sdp.transport.request import HttpRequest, HttpResponse
from tests.driver import Answer
from tests.unit.ebms.counterpart import body_of

ROOT = "https://ap.example/api/v2/dpi"
ISSUER = "https://maskinporten.example/"
KONVERSASJON = "6d0ec155-b4f7-43c3-908e-211d68c9cf09"
KINDS = {
    "mottakskvittering": "Mottakskvittering",
    "leveringskvittering": "Leveringskvittering",
    "aapningskvittering": "Aapningskvittering",
    "varslingfeiletkvittering": "VarslingFeiletKvittering",
    "returpostkvittering": "Returpostkvittering",
    "feil": "Feil",
}
SPECIAL: dict[str, dict[str, Any]] = {
    "varslingfeiletkvittering": {"varslingskanal": "sms", "beskrivelse": "Ugyldig nummer æøå"},
    "feil": {"feiltype": "KLIENT", "detaljer": "Ukjent mottaker"},
}


def as_json(content: object, status: int = 200, kind: str = "application/json") -> HttpResponse:
    return HttpResponse(status, {"content-type": kind}, json.dumps(content).encode())


def problem(status: int, detail: str = "", title: str = "") -> HttpResponse:
    content = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    return as_json(content, status, "application/problem+json")


def bare(status: int) -> HttpResponse:
    return HttpResponse(status, {}, b"")


def query(request: HttpRequest) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(request.url).query).items()}


def path(request: HttpRequest) -> str:
    return request.url.partition("?")[0].removeprefix(ROOT)


@dataclass(frozen=True)
class Taken:
    """A letter taken apart: the JWS, what it says, the package and the token of its header."""

    jws: str
    header: dict[str, Any]
    payload: dict[str, Any]
    package: bytes
    parts: list[tuple[str, str, str]]
    bearer: str

    @classmethod
    def apart(cls, request: HttpRequest) -> Taken:
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        form = BytesParser(policy=HTTP).parsebytes(head + body_of(request))
        parts, contents = [], []
        for part in form.iter_parts():
            named = part["Content-Disposition"].params
            parts.append((named["name"], named["filename"], part.get_content_type()))
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            contents.append(content)
        jws = contents[0].decode("ascii")
        header, payload = verified(jws)
        bearer = request.headers["Authorization"].removeprefix("Bearer ")
        return cls(jws, header, payload, contents[1], parts, bearer)

    @property
    def kind(self) -> str:
        return next(name for name in self.document if name != "standardBusinessDocumentHeader")

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = self.payload["standardBusinessDocument"]
        return document

    @property
    def sbdh(self) -> dict[str, Any]:
        sbdh: dict[str, Any] = self.document["standardBusinessDocumentHeader"]
        return sbdh

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = self.document[self.kind]
        return body


def verified(jws: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload of a JWS whose signature holds under the first certificate in it."""
    signed, _, signature = jws.rpartition(".")
    header, payload = (json.loads(unbase64(part)) for part in signed.split("."))
    certificate = load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(unbase64(signature), signed.encode(), PKCS1v15(), hashes.SHA256())
    return header, payload


def unbase64(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def jws_of(payload: object, signer: Identity, **header: Any) -> str:
    """Sign anything; `header` changes what the header says, and not what is done."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    x5c = [base64.b64encode(c.public_bytes(Encoding.DER)).decode() for c in signer.chain]
    head = json.dumps({"alg": "RS256", "x5c": x5c} | header).encode()
    signed = f"{base64url(head)}.{base64url(content)}"
    return f"{signed}.{base64url(signer.sign(hashlib.sha256(signed.encode()).digest()))}"


def receipt(
    sender: str,
    kind: str = "leveringskvittering",
    *,
    konversasjons_id: str = KONVERSASJON,
    meldings_id: str | None = None,
    **body: Any,
) -> dict[str, Any]:
    """A receipt as a mailbox writes it."""
    prefix = "urn:fdc:digdir.no:2020:"
    standard = f"{prefix}innbyggerpost:xsd::innbyggerpost##{prefix}innbyggerpost:schema:{kind}::1.0"

    def party(number: str) -> dict[str, Any]:
        return {"authority": "iso6523-actorid-upis", "value": f"0192:{number}"}

    header = {
        "headerVersion": "1.0",
        "sender": [{"identifier": party(sender)}],
        "receiver": [{"identifier": party("991825827")}],
        "documentIdentification": {
            "standard": standard,
            "typeVersion": "1.0",
            "instanceIdentifier": meldings_id or str(uuid4()),
            "type": kind,
            "creationDateAndTime": "2026-11-23T12:00:00.123+01:00",
        },
        "businessScope": {
            "scope": [
                {
                    "type": "ConversationId",
                    "instanceIdentifier": konversasjons_id,
                    "identifier": f"{prefix}profile:egovernment:innbyggerpost:digital:ver1.0",
                }
            ]
        },
    }
    content = {
        "avsender": {"virksomhetsidentifikator": party(sender)},
        "mottaker": {"virksomhetsidentifikator": party("991825827")},
        "tidspunkt": "2026-11-23T11:59:58.500+01:00",
        **SPECIAL.get(kind, {}),
        **body,
    }
    return {"standardBusinessDocument": {"standardBusinessDocumentHeader": header, kind: content}}


def id_of(message: dict[str, Any]) -> str:
    header = message["standardBusinessDocument"]["standardBusinessDocumentHeader"]
    found: str = header["documentIdentification"]["instanceIdentifier"]
    return found


@dataclass
class AccessPoint:
    """Takes letters in and lists receipts, unless a test has it answer otherwise.

    Attributes:
        first_page: the number of the first page.
        ignores_page: whether every page is the first.
        listed: what waits, each with the id it is marked as read by.
        otherwise: what to answer in place of what is right; None answers what is right.
    """

    first_page: int = 1
    ignores_page: bool = False
    listed: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: object = field(default_factory=list)
    otherwise: Callable[[HttpRequest], Answer | None] = lambda _: None
    requests: list[HttpRequest] = field(default_factory=list)
    grants: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: HttpRequest) -> Answer:
        if request.url.startswith(ISSUER):
            return self._maskinporten(request)
        self.requests.append(request)
        assert request.headers["Authorization"].startswith("Bearer token-")
        other = self.otherwise(request)
        return self._right(request) if other is None else other

    def wait(self, message: dict[str, Any], signer: Identity, **header: Any) -> str:
        """Put a receipt on the list, and return its id."""
        message_id = id_of(message)
        url = f"{ROOT}/messages/in/{message_id}"
        jws = jws_of(message, signer, **header)
        self.listed[message_id] = {"forretningsmelding": jws, "downloadurl": url}
        return message_id

    def asked(self, what: str) -> list[HttpRequest]:
        """The requests of one kind, such as `GET /messages/in`."""
        method, _, wanted = what.partition(" ")
        return [r for r in self.requests if r.method == method and path(r) == wanted]

    def _right(self, request: HttpRequest) -> HttpResponse:
        match request.method, path(request).split("/")[1:]:
            case "POST", ["messages", "out"]:
                return bare(201)
            case "GET", ["messages", "out", _, "statuses"]:
                return as_json(self.statuses)
            case "GET", ["messages", "in"]:
                return self._page(query(request))
            case "POST", ["messages", "in", message_id, "read"]:
                known = self.listed.pop(message_id, None)
                return bare(200) if known else problem(404, "Ugyldig id")
            case _:
                raise AssertionError(f"the access point has no {request.method} {request.url}")

    def _page(self, asked: dict[str, str]) -> HttpResponse:
        size = int(asked["page_size"])
        number = int(asked.get("page", self.first_page)) - self.first_page
        start = 0 if self.ignores_page else number * size
        shown = list(self.listed.values())[start : start + size]
        return as_json(shown) if shown else bare(204)

    def _maskinporten(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET":
            return as_json({"issuer": ISSUER, "token_endpoint": f"{ISSUER}token"})
        form = parse_qs(body_of(request).decode())
        _, claims = verified(form["assertion"][0])
        self.grants.append(claims)
        token = f"token-{len(self.grants)}-{claims['jti']}"
        return as_json({"access_token": token, "token_type": "Bearer", "expires_in": 120})
