"""Business message of a letter: a StandardBusinessDocument with a signed body.

Source: sdp-melding.xsd and the SBDH of UN/CEFACT. The document is signed standing alone, so every
namespace is declared inside it, where it is first used.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from sdp.domain import DigitalForsendelse, FysiskForsendelse, NorskAdresse, UtenlandskAdresse
from sdp.ebms import names
from sdp.pki.certificates import base64_der
from sdp.wss import write_instant
from sdp.xmlsec import Reference, Transform, signature
from sdp.xmlsec.names import DS, SBDH, SDP, SHA256
from sdp.xmlsec.writing import element, leaf

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
_MARK = "\x00"
_IN_DS = {"xmlns:ds": DS}
_DIGEST_METHOD = element("ds:DigestMethod", attributes=_IN_DS | {"Algorithm": SHA256})


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
    digest = leaf("ds:DigestValue", base64.b64encode(fingerprint).decode("ascii"), _IN_DS)
    body = element(
        f"sdp:{_BODY}",
        _MARK,
        _avsender(forsendelse.avsender),
        _innhold(forsendelse),
        element("sdp:dokumentpakkefingeravtrykk", _DIGEST_METHOD, digest),
        attributes={"xmlns:sdp": SDP},
    )
    document = element(
        "sbd:StandardBusinessDocument",
        _header(forsendelse, databehandler, moment),
        body,
        attributes={"xmlns:sbd": SBDH},
    )
    # XML cannot carry U+0000, so the mark stands nowhere but where the signature goes.
    before, _, after = document.partition(_MARK)
    signed = signature(
        [Reference.of("", Transform.ENVELOPED, (before + after).encode())],
        signer,
        element("ds:X509Data", leaf("ds:X509Certificate", base64_der(signer.chain[0]))),
    )
    return f"{before}{signed}{after}".encode()


def _header(forsendelse: Forsendelse, databehandler: str, moment: datetime) -> str:
    return element(
        "sbd:StandardBusinessDocumentHeader",
        leaf("sbd:HeaderVersion", "1.0"),
        element("sbd:Sender", _identifier(databehandler)),
        element("sbd:Receiver", _identifier(forsendelse.teknisk_mottaker.organisasjonsnummer)),
        element(
            "sbd:DocumentIdentification",
            leaf("sbd:Standard", names.STANDARD),
            leaf("sbd:TypeVersion", "1.0"),
            leaf("sbd:InstanceIdentifier", forsendelse.meldings_id),
            leaf("sbd:Type", _BODY),
            leaf("sbd:CreationDateAndTime", write_instant(moment)),
        ),
        element(
            "sbd:BusinessScope",
            element(
                "sbd:Scope",
                leaf("sbd:Type", "ConversationId"),
                leaf("sbd:InstanceIdentifier", forsendelse.konversasjons_id),
                leaf("sbd:Identifier", names.STANDARD),
            ),
        ),
    )


def _identifier(organisasjonsnummer: str) -> str:
    return leaf("sbd:Identifier", names.party(organisasjonsnummer), {"Authority": names.PARTY_TYPE})


def _innhold(forsendelse: Forsendelse) -> str:
    match forsendelse:
        case DigitalForsendelse(mottaker=mottaker):
            person = element(
                "sdp:person",
                leaf("sdp:personidentifikator", mottaker.personidentifikator),
                leaf("sdp:postkasseadresse", mottaker.postkasseadresse),
            )
            post = _digital_post(forsendelse.digital_post, forsendelse.spraakkode)
            return element("sdp:mottaker", person) + post
        case FysiskForsendelse():
            return _fysisk_post(forsendelse.fysisk_post)
        case _:
            raise TypeError("a Forsendelse is either digital or fysisk")


def _avsender(avsender: Avsender) -> str:
    return element(
        "sdp:avsender",
        leaf("sdp:organisasjon", names.party(avsender.organisasjonsnummer)),
        _given("sdp:avsenderidentifikator", avsender.avsenderidentifikator),
        _given("sdp:fakturaReferanse", avsender.fakturareferanse),
    )


def _digital_post(post: DigitalPost, spraakkode: str) -> str:
    return element(
        "sdp:digitalPostInfo",
        _point_in_time("sdp:virkningsdato", post.virkningsdato),
        _point_in_time("sdp:virkningstidspunkt", post.virkningstidspunkt),
        leaf("sdp:aapningskvittering", "true" if post.aapningskvittering else "false"),
        leaf("sdp:sikkerhetsnivaa", str(post.sikkerhetsnivaa.value)),
        leaf("sdp:ikkeSensitivTittel", post.ikke_sensitiv_tittel, {"lang": spraakkode}),
        _varsler(post, spraakkode),
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
    return leaf("sdp:varslingsTekst", varsel.varslingstekst, {"lang": spraakkode}) + element(
        "sdp:repetisjoner", *days
    )


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


def _given(name: str, value: str | None) -> str:
    return "" if value is None else leaf(name, value)


def _point_in_time(name: str, value: date | None) -> str:
    return "" if value is None else leaf(name, value.isoformat())
