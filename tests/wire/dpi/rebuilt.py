"""Reads business messages back into the domain, to see that nothing was left out on the way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sdp.domain import (
    Avsender,
    DigitalPost,
    EpostVarsel,
    FysiskPost,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Posttype,
    Retur,
    Sikkerhetsnivaa,
    SmsVarsel,
    UtenlandskAdresse,
    Utskriftsfarge,
)

_LINES = ("adresselinje1", "adresselinje2", "adresselinje3")


def avsender(body: dict[str, Any]) -> Avsender:
    written = body["avsender"]
    prefix, _, number = written["virksomhetsidentifikator"]["value"].partition(":")
    assert prefix == "0192"
    return Avsender(
        organisasjonsnummer=number,
        avsenderidentifikator=written.get("avsenderidentifikator"),
        fakturareferanse=written.get("fakturaReferanse"),
    )


def digital_post(body: dict[str, Any]) -> DigitalPost:
    moment, day = body.get("virkningstidspunkt"), body.get("virkningsdato")
    return DigitalPost(
        ikke_sensitiv_tittel=body["ikkesensitivtittel"],
        sikkerhetsnivaa=Sikkerhetsnivaa(body["sikkerhetsnivaa"]),
        virkningstidspunkt=moment and datetime.fromisoformat(moment),
        virkningsdato=day and date.fromisoformat(day),
        aapningskvittering=body["aapningskvittering"],
        epost_varsel=_varsel(EpostVarsel, body["varsler"].get("epostvarsel")),
        sms_varsel=_varsel(SmsVarsel, body["varsler"].get("smsvarsel")),
    )


def fysisk_post(body: dict[str, Any]) -> FysiskPost:
    posttype = body.get("posttype")
    return FysiskPost(
        mottaker=_postadresse(body["mottaker"]),
        retur=Retur(
            posthaandtering=Posthaandtering(body["retur"]["returposthaandtering"]),
            mottaker=_postadresse(body["retur"]["mottaker"]),
        ),
        posttype=posttype and Posttype(posttype),
        utskriftsfarge=Utskriftsfarge(body["utskriftstype"]),
    )


def _varsel(kind: Any, written: dict[str, Any] | None) -> Any:
    return None if written is None else kind(**written)


def _postadresse(written: dict[str, str]) -> Postadresse:
    values: dict[str, Any] = dict(written)
    navn = values.pop("navn")
    lines: dict[str, Any] = {name: values.pop(name, None) for name in _LINES}
    if "postnummer" in values:
        return Postadresse(navn=navn, adresse=NorskAdresse(**lines, **values))
    return Postadresse(navn=navn, adresse=UtenlandskAdresse(**{**lines, **values}))
