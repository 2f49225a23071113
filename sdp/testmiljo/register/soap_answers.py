"""Answers of Oppslagstjenesten, as the content of a SOAP body."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from cryptography import x509

    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.world.register import Innbygger, Kontakt

SERVICE: Final = "http://kontaktinfo.difi.no/xsd/oppslagstjeneste/16-02"
BEGREP: Final = "http://begrep.difi.no"
_DECLARED: Final = f'xmlns:ns2="{BEGREP}" xmlns:ns3="{SERVICE}"'


def personer(people: Iterable[Innbygger], wanted: Collection[str]) -> str:
    """Write the answer of HentPersoner, with as much about each as was wanted."""
    written = "".join(_person(person, wanted) for person in people)
    return f"<ns3:HentPersonerRespons {_DECLARED}>{written}</ns3:HentPersonerRespons>"


def endringer(
    people: Iterable[Innbygger], wanted: Collection[str], *, start: int, told: int, last: int
) -> str:
    """Write the answer of HentEndringer."""
    written = "".join(_person(person, wanted) for person in people)
    return (
        f'<ns3:HentEndringerRespons fraEndringsNummer="{start}" tilEndringsNummer="{told}"'
        f' senesteEndringsNummer="{last}" {_DECLARED}>{written}</ns3:HentEndringerRespons>'
    )


def print_certificate(printer: Actor) -> str:
    """Write the answer of HentPrintSertifikat."""
    return (
        f'<ns3:HentPrintSertifikatRespons xmlns:ns3="{SERVICE}">'
        f"<ns3:postkasseleverandoerAdresse>{printer.organisasjonsnummer}"
        "</ns3:postkasseleverandoerAdresse>"
        f"<ns3:X509Sertifikat>{printer.base64_certificate}</ns3:X509Sertifikat>"
        "</ns3:HentPrintSertifikatRespons>"
    )


def _person(person: Innbygger, wanted: Collection[str]) -> str:
    parts = [_element("personidentifikator", person.personidentifikator)]
    if "Person" in wanted:
        parts.append(_element("reservasjon", person.reservasjon))
        parts.append(_element("status", person.status))
    if "VarslingsStatus" in wanted:
        parts.append(_element("varslingsstatus", person.varslingsstatus))
    if "Kontaktinfo" in wanted and (person.mobil or person.epost):
        contact = _kontakt("Mobiltelefonnummer", person.mobil) + _kontakt(
            "Epostadresse", person.epost
        )
        parts.append(f"<ns2:Kontaktinformasjon>{contact}</ns2:Kontaktinformasjon>")
    if "SikkerDigitalPost" in wanted and person.postkasseadresse and person.leverandoer:
        mailbox = _element("postkasseadresse", person.postkasseadresse) + _element(
            "postkasseleverandoerAdresse", person.leverandoer
        )
        parts.append(f"<ns2:SikkerDigitalPostAdresse>{mailbox}</ns2:SikkerDigitalPostAdresse>")
    if "Sertifikat" in wanted and person.sertifikat is not None:
        parts.append(_element("X509Sertifikat", _base64(person.sertifikat)))
    return f"<ns2:Person>{''.join(parts)}</ns2:Person>"


def _kontakt(name: str, kontakt: Kontakt | None) -> str:
    if kontakt is None:
        return ""
    told = f' sistOppdatert="{kontakt.oppdatert.isoformat(timespec="milliseconds")}"'
    if kontakt.sist_verifisert is not None:
        told += f' sistVerifisert="{kontakt.sist_verifisert.isoformat(timespec="milliseconds")}"'
    return f"<ns2:{name}{told}>{escape(kontakt.adresse)}</ns2:{name}>"


def _element(name: str, value: str | None) -> str:
    return "" if value is None else f"<ns2:{name}>{escape(value)}</ns2:{name}>"


def _base64(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")
