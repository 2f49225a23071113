"""Print preflight: PDFs checked before they are sent. Needs the extra `pdf`.

Without the extra nothing is checked, and the printer is the first to find out.
"""

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
