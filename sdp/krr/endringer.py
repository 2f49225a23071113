"""What has changed in the register since a caller last asked."""

from __future__ import annotations

from sdp.domain._verdi import Rekke, Verdi
from sdp.krr.person import Oppslag


class Endringer(Verdi):
    """Up to 1000 people who have changed, as they are now.

    Changes are numbered from 1. Source: HentEndringerRespons of Oppslagstjenesten.

    Attributes:
        fra: the first change that was asked about.
        til: the last change that these people take in.
        siste: the last change there is.
        personer: who has changed.
        uleselige: how many more have changed but cannot be told by number.
    """

    fra: int
    til: int
    siste: int
    personer: Rekke[Oppslag] = ()
    uleselige: int = 0

    @property
    def flere(self) -> bool:
        """Whether there are more changes than these."""
        return self.til < self.siste

    @property
    def neste(self) -> int:
        """The change to ask about next time."""
        return self.til + 1
