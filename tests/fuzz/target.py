"""An entry point that takes bytes from somebody else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sdp.errors import SdpError


@dataclass(frozen=True)
class Target:
    """One entry point, and good inputs to start from.

    Attributes:
        inputs: how many are tried in a short run; fewer where each takes long.
        trusted: whether the good inputs are read without an error.
    """

    name: str
    corpus: Sequence[bytes]
    read: Callable[[bytes], object]
    inputs: int = 400
    trusted: bool = True

    def __call__(self, data: bytes) -> None:
        """Read any bytes.

        Raises:
            Exception: anything that is not an SdpError, which is a defect.
        """
        try:
            self.read(data)
        except SdpError:
            return
