"""Whether a PDF can be printed, checked before it is sent. Needs the extra `pdf`.

Without the extra nothing is checked, and the printer is the first to find out.
"""

from sdp.utskrift.checking import available, check_printable
from sdp.utskrift.refusing import refuse_unprintable

__all__ = ["available", "check_printable", "refuse_unprintable"]
