"""Business message of a letter on the DPI wire: its signature, its content, and its order."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.problems import invalid
from sdp.testmiljo.access_point.shapes import check_letter
from sdp.testmiljo.validators.certificates import organisation_of, read_base64_certificate
from sdp.testmiljo.validators.jose import Token, TokenProblem
from sdp.testmiljo.validators.post import Address, DigitalOrder, PrintOrder, Varsel

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from sdp.testmiljo.validators.certificates import Trust


@dataclass(frozen=True, slots=True)
class Signed:
    """A message whose signature holds, and who signed it."""

    document: dict[str, Any] = field(repr=False)
    certificate: x509.Certificate
    organisasjonsnummer: str


def read_signed(jws: bytes, trust: Trust, moment: datetime) -> Signed:
    """Verify a message.

    Args:
        jws: the message, in compact form.
        trust: whose certificates are genuine.
        moment: when they must be valid.

    Raises:
        HttpRejection: 400; the message is unsigned, altered, or signed by who may not.
    """
    try:
        token = Token.read(jws.decode("ascii"))
        certificate = _certificate(token, trust, moment)
        token.check(certificate.public_key())
        document = token.claims()
    except TokenProblem as problem:
        raise invalid(f"the forretningsmelding {problem}") from problem
    except (UnicodeDecodeError, RecursionError) as error:
        raise invalid("the forretningsmelding is not a JWS that can be read") from error
    organisation = organisation_of(certificate)
    if organisation is None:
        raise invalid("the certificate of the forretningsmelding names no organisation")
    return Signed(document, certificate, organisation)


def _certificate(token: Token, trust: Trust, moment: datetime) -> x509.Certificate:
    given = token.header.get("x5c")
    if not isinstance(given, list) or not given:
        raise TokenProblem("has no x5c")
    certificates = [_read(each) for each in given]
    chain = trust.check(certificates[0], moment, _untrusted)
    if list(chain[: len(certificates)]) != certificates:
        raise TokenProblem("has an x5c that is not the chain of its first certificate, in order")
    return certificates[0]


def _read(text: object) -> x509.Certificate:
    if not isinstance(text, str):
        raise TokenProblem("has an x5c that is not a list of texts")
    try:
        return read_base64_certificate(text)
    except ValueError as error:
        raise TokenProblem("has an x5c that is not certificates in base64") from error


def _untrusted(reason: str) -> TokenProblem:
    return TokenProblem(f"has an x5c that is not to be trusted: {reason}")


@dataclass(frozen=True, slots=True)
class Melding:
    """Content of a letter's business message. Organisation numbers stand without prefix.

    Attributes:
        kind: `digital` or `utskrift`.
        meldings_id: the instanceIdentifier.
        konversasjons_id: the ConversationId scope.
        databehandler: the sender in the header.
        teknisk_mottaker: the mailbox provider or printer it is for.
        avsender: the organisation the letter is from.
        fingerprint: the SHA-256 that the sender says the package has.
        token: the Maskinporten token in the message.
        post: the whole of `digital` or `utskrift`.
    """

    kind: str
    meldings_id: str
    konversasjons_id: str
    databehandler: str
    teknisk_mottaker: str
    avsender: str
    avsenderidentifikator: str | None
    fingerprint: bytes
    token: str = field(repr=False)
    post: dict[str, Any] = field(repr=False)


def read_melding(document: dict[str, Any]) -> Melding:
    """Read a business message.

    Raises:
        HttpRejection: 400; it is no letter of the DPI wire, or contradicts itself.
    """
    kind = check_letter(document)
    content = document["standardBusinessDocument"]
    header, post = content["standardBusinessDocumentHeader"], content[kind]
    identification = header["documentIdentification"]
    (scope,) = header["businessScope"]["scope"]
    for place, name, expected in (
        (identification, "standard", names.standard(kind)),
        (identification, "type", kind),
        (scope, "type", "ConversationId"),
        (scope, "identifier", names.process(kind)),
    ):
        if place[name] != expected:
            raise invalid(f"{name} must be {expected}")
    avsender = post["avsender"]
    return Melding(
        kind=kind,
        meldings_id=identification["instanceIdentifier"].lower(),
        konversasjons_id=scope["instanceIdentifier"],
        databehandler=_organisation(header["sender"][0]["identifier"]),
        teknisk_mottaker=_organisation(header["receiver"][0]["identifier"]),
        avsender=_organisation(avsender["virksomhetsidentifikator"]),
        avsenderidentifikator=avsender.get("avsenderidentifikator"),
        fingerprint=_fingerprint(post["dokumentpakkefingeravtrykk"]),
        token=post["maskinportentoken"],
        post=post,
    )


def _organisation(identifier: dict[str, str]) -> str:
    return identifier["value"].removeprefix(names.party(""))


def _fingerprint(fingerprint: dict[str, str]) -> bytes:
    if fingerprint["digestMethod"] != names.SHA256:
        raise invalid(f"the digestMethod of the fingerprint must be {names.SHA256}")
    try:
        return base64.b64decode(fingerprint["digestValue"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("the digestValue of the fingerprint is not base64") from error


def read_order(melding: Melding) -> DigitalOrder | PrintOrder:
    """Read the order in a message, whose shape has been checked."""
    return _digital(melding.post) if melding.kind == names.DIGITAL else _print(melding.post)


def _digital(post: dict[str, Any]) -> DigitalOrder:
    varsler = post.get("varsler", {})
    return DigitalOrder(
        personidentifikator=None,
        postkasseadresse=post["mottaker"]["postkasseadresse"],
        ikke_sensitiv_tittel=post["ikkesensitivtittel"],
        sikkerhetsnivaa=post["sikkerhetsnivaa"],
        aapningskvittering=post.get("aapningskvittering", False),
        virkningsdato=post.get("virkningsdato"),
        virkningstidspunkt=post.get("virkningstidspunkt"),
        epost_varsel=_varsel(varsler.get("epostvarsel"), "epostadresse"),
        sms_varsel=_varsel(varsler.get("smsvarsel"), "mobiltelefonnummer"),
        spraak=post["spraak"],
    )


def _varsel(varsel: dict[str, Any] | None, address: str) -> Varsel | None:
    if varsel is None:
        return None
    return Varsel(
        adresse=varsel[address],
        tekst=varsel["varslingstekst"],
        repetisjoner=tuple(varsel["repetisjoner"]),
    )


def _print(post: dict[str, Any]) -> PrintOrder:
    return PrintOrder(
        mottaker=_address(post["mottaker"]),
        retur=_address(post["retur"]["mottaker"]),
        posthaandtering=post["retur"]["returposthaandtering"],
        posttype=post.get("posttype"),
        utskriftsfarge=post["utskriftstype"],
        printinstruksjoner=(),
    )


def _address(address: dict[str, str]) -> Address:
    return Address.printed(address["navn"], address)
