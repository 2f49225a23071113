"""The package both wires carry: a ZIP (ASiC-E, XAdES), encrypted as CMS for the receiver."""

from sdp.dokumentpakke.fil import Fil
from sdp.dokumentpakke.manifest import Manifest, ManifestDokument
from sdp.dokumentpakke.open import AapnetPakke, open_pakke, read_asice
from sdp.dokumentpakke.pack import (
    DEFAULT_SIZE_LIMIT,
    Pakkefakta,
    PakketDokumentpakke,
    pack,
    pack_to,
)
from sdp.dokumentpakke.profile import Profile

__all__ = [
    "DEFAULT_SIZE_LIMIT",
    "AapnetPakke",
    "Fil",
    "Manifest",
    "ManifestDokument",
    "Pakkefakta",
    "PakketDokumentpakke",
    "Profile",
    "open_pakke",
    "pack",
    "pack_to",
    "read_asice",
]
