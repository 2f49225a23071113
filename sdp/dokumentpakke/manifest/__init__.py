"""Manifests of a package. Writing needs no parser, so `sdp pack` does not wait for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp._exports import exports

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.dokumentpakke.manifest.reader import Manifest, ManifestDokument, read_manifest
    from sdp.dokumentpakke.manifest.writer import build_container_manifest, build_manifest

__all__ = [
    "Manifest",
    "ManifestDokument",
    "build_container_manifest",
    "build_manifest",
    "read_manifest",
]

__getattr__: Callable[[str], object] = exports(
    __name__,
    {
        "reader": ("Manifest", "ManifestDokument", "read_manifest"),
        "writer": ("build_container_manifest", "build_manifest"),
    },
)
