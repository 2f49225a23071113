"""Reads a PDF page by page, and says what would keep it from being printed."""

from __future__ import annotations

import importlib
import importlib.util
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdp.errors import ConfigurationError
from sdp.utskrift.opening import CannotOpenError, opened
from sdp.utskrift.pages import page_problems
from sdp.utskrift.rules import NEWEST_VERSION, OLDEST_VERSION
from sdp.utskrift.told import Problems

if TYPE_CHECKING:
    from sdp.utskrift.opening import Positionable

# PDFium is not made for threads: one document at a time, whoever asks.
_one_at_a_time = threading.Lock()


def available() -> bool:
    """Whether PDFs can be checked, that is, whether the extra `pdf` is installed."""
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
