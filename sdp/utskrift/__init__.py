"""Print preflight: PDFs checked before they are sent. Needs the extra `pdf`.

Without the extra nothing is checked, and the printer is the first to find out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp._exports import exports

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.utskrift.printable import (
        Finding,
        Preflight,
        available,
        check_printable,
        preflight,
        refuse_unprintable,
    )

__all__ = [
    "Finding",
    "Preflight",
    "available",
    "check_printable",
    "preflight",
    "refuse_unprintable",
]

__getattr__: Callable[[str], object] = exports(
    __name__,
    {
        "printable": (
            "Finding",
            "Preflight",
            "available",
            "check_printable",
            "preflight",
            "refuse_unprintable",
        ),
    },
)
