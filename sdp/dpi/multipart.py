"""The form a letter travels in: the signed business message, and the package as it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sdp.dpi import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdp.wire import Package


@dataclass(frozen=True, slots=True)
class Multipart:
    """A form of two files (RFC 7578), whose length is known before any of it is sent.

    Attributes:
        forretningsmelding: the signed business message.
        dokumentpakke: the package; never held in memory.
        boundary: a text that stands nowhere in the parts.
    """

    forretningsmelding: bytes = field(repr=False)
    dokumentpakke: Package = field(repr=False)
    boundary: str

    @property
    def content_type(self) -> str:
        """The Content-Type header."""
        return f"multipart/form-data; boundary={self.boundary}"

    @property
    def length(self) -> int:
        """The number of bytes in all."""
        return len(self._before()) + self.dokumentpakke.size + len(self._after())

    def chunks(self) -> Iterator[bytes]:
        """Give the whole from the start, the package as it is read."""
        yield self._before()
        yield from self.dokumentpakke.chunks()
        yield self._after()

    def _before(self) -> bytes:
        message = self._part_header("forretningsmelding", "sbd.jwt", names.JWT_TYPE)
        package = self._part_header("dokumentpakke", "asic.cms", names.CMS_TYPE)
        return b"".join((message, self.forretningsmelding, b"\r\n", package))

    def _after(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode("ascii")

    def _part_header(self, name: str, filename: str, content_type: str) -> bytes:
        lines = (
            f"--{self.boundary}",
            f'Content-Disposition: form-data; name="{name}"; filename="{filename}"',
            f"Content-Type: {content_type}",
            "",
            "",
        )
        return "\r\n".join(lines).encode("ascii")
