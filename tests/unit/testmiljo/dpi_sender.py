"""A sender on DPI that is of its own making, and can get any one thing wrong."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jws
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from cryptography import x509

    from sdp.testmiljo.ca import Issued
    from sdp.testmiljo.maskinporten import Maskinporten

Json = dict[str, Any]

SCOPE = "digitalpostinnbygger:send"
CLIENT_ID = "testetaten"
FORM = "multipart/form-data; boundary=b"
_URN = "urn:fdc:digdir.no:2020:"


def nothing(_: Json) -> None:
    """Change nothing."""


def ask_for_token(
    maskinporten: Maskinporten, issued: Issued, moment: datetime, **claims: str
) -> str:
    """Ask for a token, as the client that is registered for the organisation in `issued`."""
    now = int(moment.timestamp())
    grant = {
        "aud": maskinporten.issuer,
        "iss": CLIENT_ID,
        "scope": SCOPE,
        "iat": now,
        "exp": now + 100,
        "jti": str(uuid4()),
        **claims,
    }
    kind = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    form = {"grant_type": [kind], "assertion": [signed(grant, issued)]}
    token: str = maskinporten.answer(form)["access_token"]
    return token


def signed(
    document: Json, issued: Issued, *, x5c: Sequence[x509.Certificate] | None = None, **header: Any
) -> str:
    """A document as a JWS, with the whole chain of the signer or with other certificates."""
    chain = [_base64(each.public_bytes(Encoding.DER)) for each in x5c or issued.chain]
    fields = {"alg": "RS256", "x5c": chain} | header
    key = RSAKey.import_key(issued.key)
    return jws.serialize_compact(fields, json.dumps(document).encode(), key, [fields["alg"]])


class _LongHeaders(jws.JWSRegistry):
    max_header_length = 20_000  # certificates are long


def verified(message: str, certificate: x509.Certificate) -> Json:
    """What a message says, which the key of this certificate must have signed."""
    key = RSAKey.import_key(certificate.public_bytes(Encoding.PEM))
    registry = _LongHeaders(algorithms=["RS512"])
    found = jws.deserialize_compact(message, key, registry=registry)
    document: Json = json.loads(found.payload)
    return document


MESSAGE_HEADERS = (
    'Content-Disposition: form-data; name="forretningsmelding"; filename="sbd.jwt"\r\n'
    "Content-Type: application/jwt"
)
PACKAGE_HEADERS = (
    'Content-Disposition: form-data; name="dokumentpakke"; filename="asic.cms"\r\n'
    "Content-Type: application/cms"
)


def form(
    message: str,
    package: bytes,
    *,
    message_headers: str = MESSAGE_HEADERS,
    package_headers: str = PACKAGE_HEADERS,
) -> bytes:
    """The form of a letter."""
    before = f"--b\r\n{message_headers}\r\n\r\n{message}\r\n--b\r\n{package_headers}\r\n\r\n"
    return before.encode() + package + b"\r\n--b--\r\n"


@dataclass
class DpiSender:
    """An organisation that sends letters over an access point."""

    issued: Issued
    moment: datetime
    databehandler: str = "991825827"
    avsender: str = "991825827"
    mottaker: str = "922020175"
    kind: str = "digital"
    meldings_id: str = field(default_factory=lambda: str(uuid4()))
    konversasjons_id: str = field(default_factory=lambda: str(uuid4()))

    def document(self, package: bytes, token: str, spoil: Callable[[Json], None] = nothing) -> Json:
        """The business message, changed by `spoil`."""
        post = {
            "avsender": {"virksomhetsidentifikator": _organisation(self.avsender)},
            "dokumentpakkefingeravtrykk": {
                "digestMethod": "http://www.w3.org/2001/04/xmlenc#sha256",
                "digestValue": _base64(hashlib.sha256(package).digest()),
            },
            "maskinportentoken": token,
            **(_digital() if self.kind == "digital" else _utskrift()),
        }
        content = {"standardBusinessDocumentHeader": self._header(), self.kind: post}
        document = {"standardBusinessDocument": content}
        spoil(document)
        return document

    def letter(
        self, package: bytes, token: str, spoil: Callable[[Json], None] = nothing
    ) -> tuple[str, bytes]:
        """The Content-Type and content of a letter."""
        return FORM, form(signed(self.document(package, token, spoil), self.issued), package)

    def _header(self) -> Json:
        return {
            "headerVersion": "1.0",
            "sender": [{"identifier": _organisation(self.databehandler)}],
            "receiver": [{"identifier": _organisation(self.mottaker)}],
            "documentIdentification": {
                "standard": f"{_URN}innbyggerpost:xsd::innbyggerpost##"
                f"{_URN}innbyggerpost:schema:{self.kind}::1.0",
                "typeVersion": "1.0",
                "instanceIdentifier": self.meldings_id,
                "type": self.kind,
                "creationDateAndTime": self.moment.isoformat(),
            },
            "businessScope": {
                "scope": [
                    {
                        "type": "ConversationId",
                        "instanceIdentifier": self.konversasjons_id,
                        "identifier": f"{_URN}profile:egovernment:innbyggerpost:{self.kind}:ver1.0",
                        "scopeInformation": [{"expectedResponseDateTime": "2030-01-01T00:00:00Z"}],
                    }
                ]
            },
        }


def post_of(document: Json) -> Json:
    """The `digital` or `utskrift` of a message."""
    content = document["standardBusinessDocument"]
    found: Json = content.get("digital") or content["utskrift"]
    return found


def _organisation(organisasjonsnummer: str) -> dict[str, str]:
    return {"authority": "iso6523-actorid-upis", "value": f"0192:{organisasjonsnummer}"}


def _digital() -> Json:
    return {
        "mottaker": {"postkasseadresse": "kari.nordmann#1234"},
        "sikkerhetsnivaa": 3,
        "virkningsdato": "2026-11-24",
        "aapningskvittering": True,
        "ikkesensitivtittel": "Brev",
        "spraak": "nb",
        "varsler": {
            "epostvarsel": {
                "epostadresse": "kari@example.com",
                "varslingstekst": "Du har post",
                "repetisjoner": [0, 7],
            }
        },
    }


def _utskrift() -> Json:
    return {
        "mottaker": {
            "navn": "Kari Nordmann",
            "adresselinje1": "Storgata 1",
            "postnummer": "0155",
            "poststed": "OSLO",
        },
        "utskriftstype": "FARGE",
        "retur": {
            "mottaker": {"navn": "Etaten", "adresselinje1": "Gata 2", "landkode": "SE"},
            "returposthaandtering": "MAKULERING_MED_MELDING",
        },
        "posttype": "B",
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
