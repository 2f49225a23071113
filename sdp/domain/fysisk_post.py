"""How a print letter is printed and posted."""

from __future__ import annotations

from enum import StrEnum

from sdp.domain._tekst import Fritekst, Utfylt
from sdp.domain._verdi import Rekke, Verdi
from sdp.domain.postadresse import Postadresse


class Posttype(StrEnum):
    """How fast the letter is carried."""

    A = "A"
    B = "B"


class Utskriftsfarge(StrEnum):
    """How the letter is printed."""

    SORT_HVIT = "SORT_HVIT"
    FARGE = "FARGE"


class Posthaandtering(StrEnum):
    """What happens to a letter that cannot be delivered."""

    DIREKTE_RETUR = "DIREKTE_RETUR"
    MAKULERING_MED_MELDING = "MAKULERING_MED_MELDING"


class Retur(Verdi):
    """What to do with a letter that cannot be delivered, and the address to return it to."""

    posthaandtering: Posthaandtering
    mottaker: Postadresse


class Printinstruksjon(Verdi):
    """An instruction agreed with the printer."""

    navn: Utfylt
    verdi: Fritekst


class FysiskPost(Verdi):
    """How a letter is printed and posted. Source: sdp-melding.xsd, FysiskPostInfo."""

    mottaker: Postadresse
    retur: Retur
    posttype: Posttype | None = None
    utskriftsfarge: Utskriftsfarge = Utskriftsfarge.SORT_HVIT
    printinstruksjoner: Rekke[Printinstruksjon] = ()
