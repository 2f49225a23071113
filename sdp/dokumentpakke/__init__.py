"""Document package of both wires: a ZIP (ASiC-E with XAdES), encrypted as CMS for its receiver."""

from sdp.dokumentpakke.manifest import Manifest, ManifestDokument
from sdp.dokumentpakke.open import AapnetPakke, open_pakke, read_asice
from sdp.dokumentpakke.pack import (
    DEFAULT_SIZE_LIMIT,
    Pakkefakta,
    PakketDokumentpakke,
    pack,
    pack_to,
)
from sdp.dokumentpakke.profile import Fil, Profile

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
