"""The package both wires carry: a ZIP (ASiC-E, XAdES), encrypted as CMS for the receiver."""

from sdp.dokumentpakke.fil import Fil
from sdp.dokumentpakke.pack import DEFAULT_SIZE_LIMIT, PakketDokumentpakke, pack
from sdp.dokumentpakke.profile import Profile

__all__ = ["DEFAULT_SIZE_LIMIT", "Fil", "PakketDokumentpakke", "Profile", "pack"]
