"""Signed XML: one hardened parser, canonicalization, signatures made and verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp._exports import exports

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.xmlsec.canonical import cut_out, exclusive, inclusive
    from sdp.xmlsec.parser import parse
    from sdp.xmlsec.signing import Reference, Transform, signature
    from sdp.xmlsec.verifying import (
        binary_content,
        check_algorithm,
        check_ids,
        has_children,
        read_certificate,
        verify,
    )

__all__ = [
    "Reference",
    "Transform",
    "binary_content",
    "check_algorithm",
    "check_ids",
    "cut_out",
    "exclusive",
    "has_children",
    "inclusive",
    "parse",
    "read_certificate",
    "signature",
    "verify",
]

__getattr__: Callable[[str], object] = exports(
    __name__,
    {
        "canonical": ("cut_out", "exclusive", "inclusive"),
        "parser": ("parse",),
        "signing": ("Reference", "Transform", "signature"),
        "verifying": (
            "binary_content",
            "check_algorithm",
            "check_ids",
            "has_children",
            "read_certificate",
            "verify",
        ),
    },
)
