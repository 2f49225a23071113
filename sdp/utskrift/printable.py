"""Print preflight: the reasons why the printer would not take a PDF, page by page."""

from __future__ import annotations

import importlib
import importlib.util
import os
import threading
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from sdp.domain.kilde import BytesKilde, PathKilde, StreamKilde
from sdp.errors import ConfigurationError, DocumentError, PackageTooLargeError
from sdp.utskrift.pages import NEWEST_VERSION, OLDEST_VERSION, page_problems
from sdp.utskrift.pdfium import CannotOpenError, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sdp.domain import Dokument, FysiskForsendelse
    from sdp.utskrift.pdfium import Positionable


# PDFium is not made for threads: one document at a time, whoever asks.
_one_at_a_time = threading.Lock()


def available() -> bool:
    """Tell if PDFs can be checked, that is, if the extra `pdf` is installed."""
    return importlib.util.find_spec("pypdfium2") is not None


def check_printable(document: bytes | str | os.PathLike[str] | Positionable) -> tuple[str, ...]:
    """Tell what keeps a PDF from being printed, in plain words; an empty tuple if nothing does.

    Checked are: that it can be read, that it is not encrypted, PDF 1.0 to 1.7, that it has pages,
    and of each page: A4 upright within 5 mm, the leftmost 15 mm free, and that fonts are embedded,
    but for the standard 14. One page is held in memory at a time, and one document at a time.

    Args:
        document: the PDF, its path, or a binary stream that can be positioned and that is left
            open.

    Raises:
        ConfigurationError: the extra `pdf` is not installed.
        OSError: the file or the stream cannot be read.
    """
    pdfium = _pdfium()
    if not isinstance(document, str | os.PathLike):
        return _problems(pdfium, document)
    path = Path(document)
    with path.open("rb"):  # PDFium opens it anew, and could not say why it fails
        return _problems(pdfium, path)


def _problems(pdfium: Any, source: bytes | Path | Positionable) -> tuple[str, ...]:
    try:
        with _one_at_a_time, opened(pdfium, source) as document:
            return _document_problems(pdfium, document)
    except CannotOpenError as refusal:
        return (refusal.problem,)


def _document_problems(pdfium: Any, document: Any) -> tuple[str, ...]:
    version = document.get_version()
    told = []
    if version is None or not OLDEST_VERSION <= version <= NEWEST_VERSION:
        told.append("the version must be PDF 1.0 to 1.7")
    problems = Problems()
    for index in range(len(document)):
        _note_page(pdfium, document, index, problems)
    return (*told, *problems.told())


def _note_page(pdfium: Any, document: Any, index: int, problems: Problems) -> None:
    try:
        page = document.get_page(index)
    except pdfium.PdfiumError:
        problems.on_page(index + 1, "it cannot be read")
        return
    try:
        for words in page_problems(pdfium, page):
            problems.on_page(index + 1, words)
    except pdfium.PdfiumError:
        problems.on_page(index + 1, "its content cannot be read")
    finally:
        page.close()


def _pdfium() -> Any:
    try:
        importlib.import_module("pypdfium2.raw")
        return importlib.import_module("pypdfium2")
    except ImportError as error:
        raise ConfigurationError(
            "PDFs are checked with pypdfium2, which is not installed.",
            remedy="Install the extra pdf.",
        ) from error


_MOST_TOLD: Final = 10
_MOST_RANGES: Final = 8


class Problems:
    """Collects what is wrong, in the order in which it was found."""

    def __init__(self) -> None:
        self._pages: dict[str, list[int]] = {}
        self._left_out = False

    def on_page(self, number: int, words: str) -> None:
        """Note what is wrong with a page; pages are counted from 1 and come in order."""
        if words not in self._pages and len(self._pages) >= _MOST_TOLD:
            self._left_out = True
            return
        self._pages.setdefault(words, []).append(number)

    def told(self) -> tuple[str, ...]:
        """Say each problem once."""
        said = [f"{_where(pages)}: {words}" for words, pages in self._pages.items()]
        return (*said, "and more") if self._left_out else tuple(said)


def _where(pages: Sequence[int]) -> str:
    ranges = _ranges(pages)
    shown = ", ".join(ranges[:_MOST_RANGES])
    if len(ranges) > _MOST_RANGES:
        shown = f"{shown} and others"
    return f"page {shown}" if len(pages) == 1 else f"pages {shown}"


def _ranges(pages: Sequence[int]) -> list[str]:
    breaks = [index for index, (one, other) in enumerate(pairwise(pages), 1) if other != one + 1]
    starts, ends = [0, *breaks], [*breaks, len(pages)]
    return [
        f"{pages[start]}" if end - start == 1 else f"{pages[start]}-{pages[end - 1]}"
        for start, end in zip(starts, ends, strict=True)
    ]


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
        problems = _problems_of(dokument, size_limit)
        if problems:
            raise DocumentError(
                dokument.filnavn,
                f"The document {dokument.filnavn} cannot be printed: {'; '.join(problems)}.",
                remedy="Correct it, for example by exporting it as PDF/A on A4.",
            )


def _problems_of(dokument: Dokument, size_limit: int) -> tuple[str, ...]:
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
