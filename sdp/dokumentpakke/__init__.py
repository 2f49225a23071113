"""Document package of both wires: a ZIP (ASiC-E with XAdES), encrypted as CMS for its receiver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp._exports import exports
from sdp.dokumentpakke.pack import (
    DEFAULT_SIZE_LIMIT,
    Pakkefakta,
    PakketDokumentpakke,
    pack,  # not when first asked for: the module has the same name
    pack_to,
)
from sdp.dokumentpakke.profile import Fil, Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.dokumentpakke.manifest import Manifest, ManifestDokument
    from sdp.dokumentpakke.open import AapnetPakke, open_pakke, read_asice

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

__getattr__: Callable[[str], object] = exports(
    __name__,
    {
        "manifest": ("Manifest", "ManifestDokument"),
        "open": ("AapnetPakke", "open_pakke", "read_asice"),
    },
)
