"""Files that commands read and write, in the encodings of editors and spreadsheets."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from sdp.cli._errors import CommandError
from sdp.gate import decoded
from sdp.gate.files import open_file, opened_regular, read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import WriteableBuffer
    from pydantic import SecretStr


@contextmanager
def whole_or_nothing(path: Path) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when the block has finished without error.

    Until then it is a temporary file beside it, which goes away on failure. Only this user may
    read the file.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    unfinished = Path(name)
    try:
        # Errors name the file that was asked for, not the temporary one.
        with open(path, "wb", opener=lambda *_: descriptor) as file:
            yield file
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


@contextmanager
def written_in_the_end(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Open a file now, so that what cannot be written is known before; give what writes it whole.

    Until then, a file that is there keeps what it holds. A pipe must have its reader by now.

    Raises:
        OSError, CommandError: it cannot be opened, or be written in the end; the file is named.
    """
    with open(path, "ab", buffering=0, opener=_without_waiting) as file:

        def write(data: bytes) -> None:
            left = memoryview(data)
            try:
                if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    file.truncate(0)
                while left:
                    left = left[file.write(left) :]
            except OSError as error:
                raise CommandError(f"{path} cannot be written: {error.strerror}.") from None

        yield write


def _without_waiting(path: str, flags: int) -> int:
    """Open without waiting for whoever reads from a pipe: there may be nobody."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(descriptor, True)
    return descriptor


class WatchedFile(io.FileIO):
    """A file open for reading that tells how many more bytes have been read."""

    def __init__(self, path: Path, progress: Callable[[int], None]) -> None:
        super().__init__(path, opener=opened_regular)
        self._progress = progress

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Read into the buffer."""
        read = super().readinto(buffer)
        self._progress(read or 0)
        return read


def read_password(path: Path) -> SecretStr:
    """Read the password in a file, without the line break that editors put at the end.

    Raises:
        CommandError: it is in another encoding than UTF-8, or UTF-16 with a mark.
    """
    from pydantic import SecretBytes  # few commands have a password to read

    from sdp.pki.keys.secret import password_in

    password = password_in(SecretBytes(read_file(path)))
    if password is None:
        raise CommandError(
            f"The password in {path} is not UTF-8, nor UTF-16 with a byte order mark.",
            remedy="Write it anew in that encoding.",
        )
    return password


_CHUNK: Final = 1 << 16
_FORMULA: Final = re.compile(r'="(.*)"')
_UNSEEN: Final = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[-.\u2010-\u2014](?=\d)")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def encoding_of(path: Path) -> str:
    """Tell the encoding of a text file: UTF-8, UTF-16 with its mark, or else Windows-1252.

    A byte order mark is no part of the text in any of them.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_file(path) as file:
        if file.read(2) in _UTF_16:
            return "utf-16"
        file.seek(0)
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def read_text(path: Path) -> str:
    """Read a small text file in the encoding that it is in.

    Raises:
        CommandError: it cannot be read, or is in none of these encodings.
    """
    try:
        data = read_file(path)
    except (OSError, ValueError) as error:  # ValueError: a path that no system takes
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise CommandError(f"{path} cannot be read: {reason}.", remedy="Check the path.") from None
    try:
        return decoded(data)
    except ValueError:
        raise CommandError(
            f"{path} is not text in UTF-8, UTF-16 or Windows-1252.",
            remedy="Save it as UTF-8.",
        ) from None


def pasted_number(written: str) -> str:
    """Take away what is around and between the digits of a number that was pasted.

    Spreadsheets keep a leading zero with `="…"` or an apostrophe; people part groups for the eye;
    web pages and PDF files add marks that nobody sees.
    """
    bare = _UNSEEN.sub("", written)
    formula = _FORMULA.fullmatch(bare)
    return _BETWEEN_DIGITS.sub("", (formula[1] if formula else bare).removeprefix("'"))
