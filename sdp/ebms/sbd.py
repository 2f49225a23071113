"""Business message of a letter: a StandardBusinessDocument with a signed body.

Source: sdp-melding.xsd and the SBDH of UN/CEFACT. The document is signed standing alone, so every
namespace is declared inside it, where it is first used.
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING

from sdp.domain import DigitalForsendelse, FysiskForsendelse, NorskAdresse, UtenlandskAdresse
from sdp.ebms import names
from sdp.pki.certificates import base64_der
from sdp.wss import write_instant
from sdp.xmlsec import Reference, Transform, signature
from sdp.xmlsec.names import DS, SBDH, SDP, SHA256
from sdp.xmlsec.writing import attribute, element, leaf, text

if TYPE_CHECKING:
    from datetime import date, datetime

    from sdp.domain import (
        Avsender,
        DigitalPost,
        EpostVarsel,
        Forsendelse,
        FysiskPost,
        Postadresse,
        SmsVarsel,
    )
    from sdp.pki import Signer

_BODY = "digitalPost"
_DIGEST_METHOD = f'<ds:DigestMethod xmlns:ds="{DS}" Algorithm="{SHA256}"></ds:DigestMethod>'


def build_sbd(
    forsendelse: Forsendelse,
    *,
    databehandler: str,
    fingerprint: bytes,
    signer: Signer,
    moment: datetime,
) -> bytes:
    """Write the signed business message of a letter.

    Args:
        forsendelse: the letter.
        databehandler: organisation number of the technical sender, who signs.
        fingerprint: the SHA-256 of the encrypted package.
        signer: the databehandler's key.
        moment: when the message is made; must be aware.

    Returns:
        The document in UTF-8: canonical XML, byte for byte as it is signed.
    """
    digest = b2a_base64(fingerprint, newline=False).decode("ascii")
    # The signature goes first in the body: what is signed is all before it, and all after it.
    before = (
        f'<sbd:StandardBusinessDocument xmlns:sbd="{SBDH}">'
        f"{_header(forsendelse, databehandler, moment)}"
        f'<sdp:{_BODY} xmlns:sdp="{SDP}">'
    )
    after = (
        f"{_avsender(forsendelse.avsender)}{_innhold(forsendelse)}"
        f"<sdp:dokumentpakkefingeravtrykk>{_DIGEST_METHOD}"
        f'<ds:DigestValue xmlns:ds="{DS}">{digest}</ds:DigestValue>'
        f"</sdp:dokumentpakkefingeravtrykk></sdp:{_BODY}></sbd:StandardBusinessDocument>"
    )
    certificate = base64_der(signer.chain[0])
    signed = signature(
        [Reference.of("", Transform.ENVELOPED, (before + after).encode())],
        signer,
        f"<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>",
    )
    return f"{before}{signed}{after}".encode()


def _header(forsendelse: Forsendelse, databehandler: str, moment: datetime) -> str:
    mottaker = forsendelse.teknisk_mottaker.organisasjonsnummer
    return (
        "<sbd:StandardBusinessDocumentHeader>"
        "<sbd:HeaderVersion>1.0</sbd:HeaderVersion>"
        f"<sbd:Sender>{_identifier(databehandler)}</sbd:Sender>"
        f"<sbd:Receiver>{_identifier(mottaker)}</sbd:Receiver>"
        "<sbd:DocumentIdentification>"
        f"<sbd:Standard>{names.STANDARD}</sbd:Standard>"
        "<sbd:TypeVersion>1.0</sbd:TypeVersion>"
        f"<sbd:InstanceIdentifier>{text(forsendelse.meldings_id)}</sbd:InstanceIdentifier>"
        f"<sbd:Type>{_BODY}</sbd:Type>"
        f"<sbd:CreationDateAndTime>{write_instant(moment)}</sbd:CreationDateAndTime>"
        "</sbd:DocumentIdentification>"
        "<sbd:BusinessScope><sbd:Scope>"
        "<sbd:Type>ConversationId</sbd:Type>"
        f"<sbd:InstanceIdentifier>{text(forsendelse.konversasjons_id)}</sbd:InstanceIdentifier>"
        f"<sbd:Identifier>{names.STANDARD}</sbd:Identifier>"
        "</sbd:Scope></sbd:BusinessScope>"
        "</sbd:StandardBusinessDocumentHeader>"
    )


def _identifier(organisasjonsnummer: str) -> str:
    party = text(names.party(organisasjonsnummer))
    return f'<sbd:Identifier Authority="{names.PARTY_TYPE}">{party}</sbd:Identifier>'


def _innhold(forsendelse: Forsendelse) -> str:
    match forsendelse:
        case DigitalForsendelse(mottaker=mottaker):
            post = _digital_post(forsendelse.digital_post, forsendelse.spraakkode)
            return (
                "<sdp:mottaker><sdp:person>"
                f"<sdp:personidentifikator>{text(mottaker.personidentifikator)}"
                "</sdp:personidentifikator>"
                f"<sdp:postkasseadresse>{text(mottaker.postkasseadresse)}</sdp:postkasseadresse>"
                f"</sdp:person></sdp:mottaker>{post}"
            )
        case FysiskForsendelse():
            return _fysisk_post(forsendelse.fysisk_post)
        case _:
            raise TypeError("a Forsendelse is either digital or fysisk")


def _avsender(avsender: Avsender) -> str:
    return (
        "<sdp:avsender>"
        f"<sdp:organisasjon>{text(names.party(avsender.organisasjonsnummer))}</sdp:organisasjon>"
        f"{_given('sdp:avsenderidentifikator', avsender.avsenderidentifikator)}"
        f"{_given('sdp:fakturaReferanse', avsender.fakturareferanse)}"
        "</sdp:avsender>"
    )


def _digital_post(post: DigitalPost, spraakkode: str) -> str:
    aapningskvittering = "true" if post.aapningskvittering else "false"
    return (
        "<sdp:digitalPostInfo>"
        f"{_point_in_time('sdp:virkningsdato', post.virkningsdato)}"
        f"{_point_in_time('sdp:virkningstidspunkt', post.virkningstidspunkt)}"
        f"<sdp:aapningskvittering>{aapningskvittering}</sdp:aapningskvittering>"
        f"<sdp:sikkerhetsnivaa>{post.sikkerhetsnivaa.value}</sdp:sikkerhetsnivaa>"
        f"{_in_language('sdp:ikkeSensitivTittel', post.ikke_sensitiv_tittel, spraakkode)}"
        f"{_varsler(post, spraakkode)}"
        "</sdp:digitalPostInfo>"
    )


def _varsler(post: DigitalPost, spraakkode: str) -> str:
    varsler = []
    if (epost := post.epost_varsel) is not None:
        adresse = leaf("sdp:epostadresse", epost.epostadresse)
        varsler.append(element("sdp:epostVarsel", adresse, _varsel(epost, spraakkode)))
    if (sms := post.sms_varsel) is not None:
        nummer = leaf("sdp:mobiltelefonnummer", sms.mobiltelefonnummer)
        varsler.append(element("sdp:smsVarsel", nummer, _varsel(sms, spraakkode)))
    return element("sdp:varsler", *varsler) if varsler else ""


def _varsel(varsel: EpostVarsel | SmsVarsel, spraakkode: str) -> str:
    days = (leaf("sdp:dagerEtter", str(day)) for day in varsel.repetisjoner)
    words = _in_language("sdp:varslingsTekst", varsel.varslingstekst, spraakkode)
    return words + element("sdp:repetisjoner", *days)


def _fysisk_post(post: FysiskPost) -> str:
    return element(
        "sdp:fysiskPostInfo",
        _postadresse(post.mottaker),
        _given("sdp:posttype", post.posttype and post.posttype.value),
        leaf("sdp:utskriftsfarge", post.utskriftsfarge.value),
        element(
            "sdp:retur",
            leaf("sdp:postHaandtering", post.retur.posthaandtering.value),
            _postadresse(post.retur.mottaker),
        ),
        _printinstruksjoner(post),
    )


def _printinstruksjoner(post: FysiskPost) -> str:
    instruksjoner = [
        element("sdp:printinstruksjon", leaf("sdp:navn", each.navn), leaf("sdp:verdi", each.verdi))
        for each in post.printinstruksjoner
    ]
    return element("sdp:printinstruksjoner", *instruksjoner) if instruksjoner else ""


def _postadresse(mottaker: Postadresse) -> str:
    return element("sdp:mottaker", leaf("sdp:navn", mottaker.navn), _adresse(mottaker.adresse))


def _adresse(adresse: NorskAdresse | UtenlandskAdresse) -> str:
    match adresse:
        case NorskAdresse():
            return element(
                "sdp:norskAdresse",
                _given("sdp:adresselinje1", adresse.adresselinje1),
                _given("sdp:adresselinje2", adresse.adresselinje2),
                _given("sdp:adresselinje3", adresse.adresselinje3),
                leaf("sdp:postnummer", adresse.postnummer),
                leaf("sdp:poststed", adresse.poststed),
            )
        case UtenlandskAdresse():
            return element(
                "sdp:utenlandskAdresse",
                leaf("sdp:adresselinje1", adresse.adresselinje1),
                _given("sdp:adresselinje2", adresse.adresselinje2),
                _given("sdp:adresselinje3", adresse.adresselinje3),
                _given("sdp:adresselinje4", adresse.adresselinje4),
                _given("sdp:land", adresse.land),
                _given("sdp:landkode", adresse.landkode),
            )


def _in_language(name: str, words: str, spraakkode: str) -> str:
    return f'<{name} lang="{attribute(spraakkode)}">{text(words)}</{name}>'


def _given(name: str, value: str | None) -> str:
    return "" if value is None else leaf(name, value)


def _point_in_time(name: str, value: date | None) -> str:
    return "" if value is None else leaf(name, value.isoformat())
