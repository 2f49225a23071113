"""ZIP archives that can be written in one way only, so that every changed byte is found.

Nothing is compressed, nothing has a time or attributes, and nothing stands between or after the
entries. Reading writes the same entries again and compares byte by byte: what differs anywhere,
in headers as in content, was changed. Any program that opens ZIP files opens these.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_VERSION: Final = 20
_UTF_8: Final = 0x0800
_FIRST_DAY: Final = 0x21
"""1 January 1980, the first day that a ZIP file knows."""
_MOST: Final = 0xFFFF_FFFF


class ChangedArchiveError(ValueError):
    """The bytes are not those that writing the same entries gives."""


def write(entries: Mapping[str, bytes], comment: str) -> bytes:
    """Write entries in their order, and a comment behind them.

    Raises:
        ValueError: they take more than 4 GiB.
    """
    body, index = bytearray(), bytearray()
    for name, content in entries.items():
        spelled, offset = name.encode(), len(body)
        if offset + len(content) > _MOST:
            raise ValueError("a dossier holds at most 4 GiB")
        common = (_VERSION, _UTF_8, 0, 0, _FIRST_DAY, zlib.crc32(content), len(content))
        sizes = (len(content), len(spelled), 0)
        body += _LOCAL.pack(b"PK\x03\x04", *common, *sizes) + spelled + content
        index += _CENTRAL.pack(b"PK\x01\x02", _VERSION, *common, *sizes, 0, 0, 0, 0, offset)
        index += spelled
    told = comment.encode()
    count = len(entries)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(index), len(body), len(told))
    return bytes(body + index + end + told)


def read(data: bytes) -> tuple[dict[str, bytes], str]:
    """Read what `write` wrote: the entries, and the comment.

    Raises:
        ChangedArchiveError: a byte differs, is missing or was added.
    """
    try:
        entries, comment = _read(data)
        if write(entries, comment) != data:
            raise ChangedArchiveError
    except (struct.error, ValueError, IndexError) as error:
        raise ChangedArchiveError("the file is not as it was written") from error
    return entries, comment


def _read(data: bytes) -> tuple[dict[str, bytes], str]:
    entries: dict[str, bytes] = {}
    at = 0
    while data[at : at + 4] == b"PK\x03\x04":
        header = _LOCAL.unpack_from(data, at)
        size, name_length = header[7], header[9]
        begins = at + _LOCAL.size + name_length
        name = data[at + _LOCAL.size : begins].decode()
        if name in entries:
            raise ChangedArchiveError
        entries[name] = data[begins : begins + size]
        at = begins + size
    index = sum(_CENTRAL.size + len(name.encode()) for name in entries)
    comment = data[at + index + _END.size :].decode()
    return entries, comment
