"""What a print letter says on today's wire. Source: innbyggerpost_dpi_utskrift_1_0.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sdp.domain import NorskAdresse, UtenlandskAdresse

if TYPE_CHECKING:
    from sdp.domain import FysiskForsendelse, Postadresse


def utskrift(forsendelse: FysiskForsendelse) -> dict[str, Any]:
    """Say all that is said of a print letter and of no other."""
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
