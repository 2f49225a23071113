"""Refuses a print letter whose documents the printer would not take."""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final

from sdp.domain.kilde import BytesKilde, PathKilde, StreamKilde
from sdp.errors import DocumentError, PackageTooLargeError
from sdp.utskrift.checking import available, check_printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdp.domain import Dokument, FysiskForsendelse
    from sdp.utskrift.opening import Positionable

_DEFAULT_SIZE_LIMIT: Final = 50_000_000
_SPOOL_MEMORY: Final = 4 * 1024 * 1024
_COPY_SIZE: Final = 256 * 1024


def refuse_unprintable(
    forsendelse: FysiskForsendelse, *, size_limit: int = _DEFAULT_SIZE_LIMIT
) -> None:
    """Check every document of a print letter; do nothing where the extra `pdf` is not installed.

    A file is read where it is. A stream is copied first: to memory up to 4 MiB, beyond that to a
    temporary file in clear, which has no name and is gone when this returns.

    Args:
        forsendelse: the letter.
        size_limit: the most that is copied of a stream, in bytes.

    Raises:
        DocumentError: naming the first document that cannot be printed, and all that is wrong
            with it, or that cannot be read.
        PackageTooLargeError: a stream is longer than the limit.
    """
    if not available():
        return
    for dokument in forsendelse.dokumentpakke.dokumenter:
        problems = _problems(dokument, size_limit)
        if problems:
            raise DocumentError(
                dokument.filnavn,
                f"The document {dokument.filnavn} cannot be printed: {'; '.join(problems)}.",
                remedy="Correct it, for example by exporting it as PDF/A on A4.",
            )


def _problems(dokument: Dokument, size_limit: int) -> tuple[str, ...]:
    try:
        match dokument.kilde:
            case PathKilde(path):
                return check_printable(path)
            case BytesKilde(data):
                return check_printable(data)
            case StreamKilde() as kilde:
                with _copied(kilde, size_limit) as copy:
                    return check_printable(copy)
    except PackageTooLargeError:
        raise
    except Exception as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        raise DocumentError(
            dokument.filnavn,
            f"The document {dokument.filnavn} cannot be read: {reason}.",
            remedy="Make sure that it can be read to its end, then try again.",
        ) from error


@contextmanager
def _copied(kilde: StreamKilde, size_limit: int) -> Iterator[Positionable]:
    with SpooledTemporaryFile(_SPOOL_MEMORY, prefix="sdp-") as copy:
        with kilde.open() as stream:
            size = 0
            while piece := stream.read(_COPY_SIZE):
                size += len(piece)
                if size > size_limit:
                    raise PackageTooLargeError(size, size_limit)
                copy.write(piece)
        yield copy
