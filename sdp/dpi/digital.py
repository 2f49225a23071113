"""What a digital letter says on today's wire. Source: innbyggerpost_dpi_digital_1_0.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdp.domain import DigitalForsendelse, DigitalPost, EpostVarsel, SmsVarsel


def digital(forsendelse: DigitalForsendelse) -> dict[str, Any]:
    """Say all that is said of a digital letter and of no other."""
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
