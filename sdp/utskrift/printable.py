"""Print preflight: the reasons why the printer would not take a PDF, and what it would lose."""

from __future__ import annotations

import importlib
import importlib.util
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from sdp.domain.dokumentpakke import BytesKilde, PathKilde, StreamKilde
from sdp.errors import ConfigurationError, DocumentError, PackageTooLargeError
from sdp.gate.files import open_file
from sdp.utskrift.pages import page_findings
from sdp.utskrift.pdfium import CannotOpenError, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sdp.domain import Dokument, FysiskForsendelse
    from sdp.utskrift.pdfium import Positionable


_MOST_TOLD: Final = 10
_MOST_RANGES: Final = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a printer or a mailbox would say of a document. Its text is `str(finding)`.

    Attributes:
        rule: the rule, and what was found.
        is_refusal: set where the document would not be taken; otherwise it is a warning.
        pages: the pages of a PDF it is on, counted from 1; empty where it is the whole document.
        line: the line of an HTML document.
    """

    rule: str
    is_refusal: bool
    pages: tuple[int, ...] = ()
    line: int | None = None

    def __str__(self) -> str:
        if self.line is not None:
            return f"line {self.line}: {self.rule}"
        return f"{_where(self.pages)}: {self.rule}" if self.pages else self.rule


class Findings:
    """Collector of findings, in the order in which they come; at most ten of each kind."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, bool], list[int]] = {}
        self._left_out: set[bool] = set()

    def add(self, rule: str, *, is_refusal: bool, page: int | None = None) -> None:
        """Note a finding, of one page or of the whole; pages are counted from 1, in order."""
        key = (rule, is_refusal)
        if key not in self._pages:
            told = sum(each is is_refusal for _, each in self._pages)
            if told >= _MOST_TOLD:
                self._left_out.add(is_refusal)
                return
        pages = self._pages.setdefault(key, [])
        if page is not None:
            pages.append(page)

    def told(self) -> tuple[Finding, ...]:
        """Return each finding once, and say where there were more."""
        found = [
            Finding(rule, is_refusal, tuple(pages))
            for (rule, is_refusal), pages in self._pages.items()
        ]
        return (*found, *(Finding("and more", each) for each in sorted(self._left_out)))


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


_OLDEST_VERSION: Final = 10
_NEWEST_VERSION: Final = 17
"""PDF 1.0 to 1.7, in tenths."""
_PAGES_ON_A_SHEET: Final = 2
_SHEETS_IN_C5: Final = 6
_SHEETS_IN_C4: Final = 99
_DEFAULT_SIZE_LIMIT: Final = 50_000_000
_SPOOL_MEMORY: Final = 4 * 1024 * 1024
_COPY_SIZE: Final = 256 * 1024

# PDFium is not made for threads: one document at a time, whoever asks.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Preflight:
    """Verdict of the printer on a PDF.

    Attributes:
        pages: how many there are; None where it cannot be opened.
        findings: refusals and warnings, in the order of the pages.
    """

    pages: int | None
    findings: tuple[Finding, ...]

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The reasons why it cannot be printed."""
        return tuple(each for each in self.findings if each.is_refusal)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Parts that are printed otherwise than they look."""
        return tuple(each for each in self.findings if not each.is_refusal)

    @property
    def sheets(self) -> int | None:
        """The sheets of paper, printed on both sides."""
        return None if self.pages is None else -(-self.pages // _PAGES_ON_A_SHEET)

    @property
    def envelope(self) -> str | None:
        """The envelope that so many sheets take: C5 up to 6, C4 up to 99.

        Source: Difi's description of the print service, "Konvolutt". No newer one gives numbers.
        """
        if self.sheets is None:
            return None
        if self.sheets > _SHEETS_IN_C4:
            return "more than one"
        return "C5" if self.sheets <= _SHEETS_IN_C5 else "C4"


def available() -> bool:
    """Tell if PDFs can be checked, that is, if the extra `pdf` is installed."""
    return importlib.util.find_spec("pypdfium2") is not None


def check_printable(
    document: bytes | str | os.PathLike[str] | Positionable, *, strict: bool = False
) -> tuple[str, ...]:
    """Tell what keeps a PDF from being printed, in plain words; an empty tuple if nothing does.

    Args:
        document: as in `preflight`.
        strict: refuse what `preflight` warns of, too.

    Raises:
        ConfigurationError: the extra `pdf` is not installed.
        OSError: the file or the stream cannot be read.
    """
    found = preflight(document)
    return tuple(map(str, found.findings if strict else found.refusals))


def preflight(document: bytes | str | os.PathLike[str] | Positionable) -> Preflight:
    """Check a PDF as the printer does, and tell what would be lost on paper.

    Refused are: what cannot be read, is encrypted, is not PDF 1.0 to 1.7 or has no pages; pages
    that are not A4 within 10 mm; fonts that are neither embedded nor among the standard 14, and
    Type 3 fonts. Warned of are: marks in the leftmost 18 mm, pages larger than A4, pages on their
    side, and fonts that the printer replaces. One page is held in memory at a time, and one
    document at a time.

    Args:
        document: the PDF, its path, or a binary stream that can be positioned and that is left
            open.

    Raises:
        ConfigurationError: the extra `pdf` is not installed.
        OSError: the file or the stream cannot be read.
    """
    pdfium = _pdfium()
    if not isinstance(document, str | os.PathLike):
        return _preflight(pdfium, document)
    path = Path(document)
    with open_file(path):  # PDFium opens it anew, and could not say why it fails
        return _preflight(pdfium, path)


def _preflight(pdfium: Any, source: bytes | Path | Positionable) -> Preflight:
    try:
        with _one_at_a_time, opened(pdfium, source) as document:
            return Preflight(len(document), _document_findings(pdfium, document))
    except CannotOpenError as refusal:
        return Preflight(None, (Finding(refusal.problem, is_refusal=True),))


def _document_findings(pdfium: Any, document: Any) -> tuple[Finding, ...]:
    version = document.get_version()
    findings = Findings()
    if version is None or not _OLDEST_VERSION <= version <= _NEWEST_VERSION:
        findings.add("the version must be PDF 1.0 to 1.7", is_refusal=True)
    for index in range(len(document)):
        _note_page(pdfium, document, index, findings)
    return findings.told()


def _note_page(pdfium: Any, document: Any, index: int, findings: Findings) -> None:
    try:
        page = document.get_page(index)
    except pdfium.PdfiumError:
        findings.add("it cannot be read", is_refusal=True, page=index + 1)
        return
    try:
        for rule, is_refusal in page_findings(pdfium, page):
            findings.add(rule, is_refusal=is_refusal, page=index + 1)
    except pdfium.PdfiumError:
        findings.add("its content cannot be read", is_refusal=True, page=index + 1)
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


def refuse_unprintable(
    forsendelse: FysiskForsendelse,
    *,
    size_limit: int = _DEFAULT_SIZE_LIMIT,
    strict: bool = False,
) -> None:
    """Check every document of a print letter; do nothing where the extra `pdf` is not installed.

    A file is read where it is. A stream is copied first: to memory up to 4 MiB, beyond that to a
    temporary file in clear, which has no name and is gone when this returns.

    Args:
        forsendelse: the letter.
        size_limit: the most that is copied of a stream, in bytes.
        strict: refuse what `preflight` warns of, too.

    Raises:
        DocumentError: naming the first document that cannot be printed, and all that is wrong
            with it, or that cannot be read.
        PackageTooLargeError: a stream is longer than the limit.
    """
    if not available():
        return
    for dokument in forsendelse.dokumentpakke.dokumenter:
        problems = _problems_of(dokument, size_limit, strict=strict)
        if problems:
            raise DocumentError(
                dokument.filnavn,
                f"The document {dokument.filnavn} cannot be printed: {'; '.join(problems)}.",
                remedy="Correct it, for example by exporting it as PDF/A on A4.",
            )


def _problems_of(dokument: Dokument, size_limit: int, *, strict: bool) -> tuple[str, ...]:
    try:
        match dokument.kilde:
            case PathKilde(path):
                return check_printable(path, strict=strict)
            case BytesKilde(data):
                return check_printable(data, strict=strict)
            case StreamKilde() as kilde:
                with _copied(kilde, size_limit) as copy:
                    return check_printable(copy, strict=strict)
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
