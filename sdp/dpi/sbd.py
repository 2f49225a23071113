"""Business message of a letter: a StandardBusinessDocument as JSON, and its limits.

Source: sbdh.schema.json, innbyggerpost_dpi_digital_1_0.schema.json and
innbyggerpost_dpi_utskrift_1_0.schema.json. A fødselsnummer is not carried, on purpose:
postkasseadresse alone says whom a letter is to.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, Final

from sdp.domain import (
    DigitalForsendelse,
    FysiskForsendelse,
    NorskAdresse,
    Prioritet,
    UtenlandskAdresse,
)
from sdp.dpi import names
from sdp.errors import InvalidInputError, Problem, check_moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sdp.domain import (
        Avsender,
        DigitalPost,
        EpostVarsel,
        Forsendelse,
        FysiskPost,
        Postadresse,
        SmsVarsel,
    )


_MOBILE: Final = re.compile(r"(?=.{8,20}\Z)\+?[- _0-9]+", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")


def check_limits(forsendelse: Forsendelse) -> None:
    """Refuse a letter that would lose something on DPI.

    Raises:
        InvalidInputError: naming each field that has no place in DPI messages, or
            breaks a rule that ebMS does not have.
    """
    problems = tuple(_problems(forsendelse))
    if problems:
        raise InvalidInputError(
            "Forsendelse",
            problems,
            remedy="Leave out what DPI does not carry, or send over ebMS.",
        )


def _problems(forsendelse: Forsendelse) -> Iterator[Problem]:
    if forsendelse.prioritet is not Prioritet.NORMAL:
        yield Problem("prioritet", "must be normal; DPI has one queue")
    if forsendelse.mpc_id is not None:
        yield Problem(
            "mpc_id", "must not be given; receipts are kept apart by the kanal of the settings"
        )
    match forsendelse:
        case DigitalForsendelse():
            yield from _problems_of_digital(forsendelse.digital_post)
        case FysiskForsendelse():
            yield from _problems_of_fysisk(forsendelse.fysisk_post)
        case _:
            raise TypeError("a Forsendelse is either digital or fysisk")


def _problems_of_digital(post: DigitalPost) -> Iterator[Problem]:
    epost, sms = post.epost_varsel, post.sms_varsel
    if epost is not None and not _EMAIL.fullmatch(epost.epostadresse):
        yield Problem("digital_post.epost_varsel.epostadresse", "must be an e-mail address")
    if sms is not None and not _MOBILE.fullmatch(sms.mobiltelefonnummer):
        yield Problem(
            "digital_post.sms_varsel.mobiltelefonnummer",
            "must be 8 to 20 characters: digits, spaces, - and _, with + in front or not",
        )


def _problems_of_fysisk(post: FysiskPost) -> Iterator[Problem]:
    if post.printinstruksjoner:
        yield Problem(
            "fysisk_post.printinstruksjoner", "must not be given; DPI has no place for it"
        )


def build_sbd(
    forsendelse: Forsendelse,
    *,
    databehandler: str,
    fingerprint: bytes,
    token: str,
    moment: datetime,
    response_by: datetime | None = None,
) -> dict[str, Any]:
    """Write the business message of a letter, which `limits.check` has let through.

    Args:
        forsendelse: the letter.
        databehandler: organisation number of the technical sender, who signs.
        fingerprint: the SHA-256 of the encrypted package.
        token: the Maskinporten token that the message is sent with.
        moment: when the message is made; aware.
        response_by: when a response is expected; aware.
    """
    kind, special = _special(forsendelse)
    return {
        names.DOCUMENT: {
            names.HEADER: _header(forsendelse, kind, databehandler, moment, response_by),
            kind: {
                "avsender": _avsender(forsendelse.avsender),
                "dokumentpakkefingeravtrykk": {
                    "digestMethod": names.DIGEST_METHOD,
                    "digestValue": base64.b64encode(fingerprint).decode("ascii"),
                },
                "maskinportentoken": token,
                **special,
            },
        }
    }


def _special(forsendelse: Forsendelse) -> tuple[str, dict[str, Any]]:
    match forsendelse:
        case DigitalForsendelse():
            return "digital", _digital(forsendelse)
        case FysiskForsendelse():
            return "utskrift", _utskrift(forsendelse)
        case _:
            raise TypeError("a Forsendelse is either digital or fysisk")


def _header(
    forsendelse: Forsendelse,
    kind: str,
    databehandler: str,
    moment: datetime,
    response_by: datetime | None,
) -> dict[str, Any]:
    scope: dict[str, Any] = {
        "type": names.CONVERSATION,
        "instanceIdentifier": forsendelse.konversasjons_id,
        "identifier": names.process(kind),
    }
    if response_by is not None:
        scope["scopeInformation"] = [{"expectedResponseDateTime": _instant(response_by)}]
    return {
        "headerVersion": names.VERSION,
        "sender": [{"identifier": _organisation(databehandler)}],
        "receiver": [
            {"identifier": _organisation(forsendelse.teknisk_mottaker.organisasjonsnummer)}
        ],
        "documentIdentification": {
            "standard": names.standard(kind),
            "typeVersion": names.VERSION,
            "instanceIdentifier": forsendelse.meldings_id,
            "type": kind,
            "creationDateAndTime": _instant(moment),
        },
        "businessScope": {"scope": [scope]},
    }


def _avsender(avsender: Avsender) -> dict[str, Any]:
    written: dict[str, Any] = {
        "virksomhetsidentifikator": _organisation(avsender.organisasjonsnummer)
    }
    if avsender.avsenderidentifikator is not None:
        written["avsenderidentifikator"] = avsender.avsenderidentifikator
    if avsender.fakturareferanse is not None:
        written["fakturaReferanse"] = avsender.fakturareferanse
    return written


def _organisation(organisasjonsnummer: str) -> dict[str, str]:
    return {"authority": names.AUTHORITY, "value": names.party(organisasjonsnummer)}


def _instant(moment: datetime) -> str:
    check_moment(moment)
    return moment.isoformat(timespec="milliseconds")


def _digital(forsendelse: DigitalForsendelse) -> dict[str, Any]:
    post = forsendelse.digital_post
    virkning: dict[str, Any] = {}
    if post.virkningstidspunkt is not None:
        virkning["virkningstidspunkt"] = post.virkningstidspunkt.isoformat()
    if post.virkningsdato is not None:
        virkning["virkningsdato"] = post.virkningsdato.isoformat()
    return {
        "mottaker": {"postkasseadresse": forsendelse.mottaker.postkasseadresse},
        "sikkerhetsnivaa": int(post.sikkerhetsnivaa),
        **virkning,
        "aapningskvittering": post.aapningskvittering,
        "ikkesensitivtittel": post.ikke_sensitiv_tittel,
        "spraak": forsendelse.spraakkode,
        "varsler": _varsler(post),
    }


def _varsler(post: DigitalPost) -> dict[str, Any]:
    varsler: dict[str, Any] = {}
    if (epost := post.epost_varsel) is not None:
        varsler["epostvarsel"] = {"epostadresse": epost.epostadresse, **_varsel(epost)}
    if (sms := post.sms_varsel) is not None:
        varsler["smsvarsel"] = {"mobiltelefonnummer": sms.mobiltelefonnummer, **_varsel(sms)}
    return varsler


def _varsel(varsel: EpostVarsel | SmsVarsel) -> dict[str, Any]:
    return {"varslingstekst": varsel.varslingstekst, "repetisjoner": list(varsel.repetisjoner)}


def _utskrift(forsendelse: FysiskForsendelse) -> dict[str, Any]:
    post = forsendelse.fysisk_post
    posttype = {} if post.posttype is None else {"posttype": post.posttype.value}
    return {
        "mottaker": _adresse(post.mottaker),
        "utskriftstype": post.utskriftsfarge.value,
        "retur": {
            "mottaker": _adresse(post.retur.mottaker),
            "returposthaandtering": post.retur.posthaandtering.value,
        },
        **posttype,
    }


def _adresse(mottaker: Postadresse) -> dict[str, str]:
    adresse = mottaker.adresse
    linjer = {
        "adresselinje1": adresse.adresselinje1,
        "adresselinje2": adresse.adresselinje2,
        "adresselinje3": adresse.adresselinje3,
    }
    match adresse:
        case NorskAdresse():
            sted = {"postnummer": adresse.postnummer, "poststed": adresse.poststed}
            return _given({"navn": mottaker.navn, **linjer, **sted})
        case UtenlandskAdresse():
            land = {"land": adresse.land, "landkode": adresse.landkode}
            linje4 = {"adresselinje4": adresse.adresselinje4}
            return _given({"navn": mottaker.navn, **linjer, **linje4, **land})


def _given(values: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}
