"""PDF documents opened with PDFium, from memory, a file or a stream."""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Positionable(Protocol):
    """A binary stream that can be read from any position."""

    def seek(self, position: int, whence: int = ..., /) -> int:
        """Move to a position."""

    def read(self, size: int = ..., /) -> bytes:
        """Read at most `size` bytes."""


class CannotOpenError(Exception):
    """PDFium gives no document; `problem` says why."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


@contextmanager
def opened(pdfium: Any, source: bytes | Path | Positionable) -> Iterator[Any]:
    """Open a PDF that has pages and is not encrypted.

    Raises:
        CannotOpenError: it is not such a PDF.
        OSError: or whatever else the stream raised.
    """
    raw = pdfium.raw
    access = None
    if isinstance(source, bytes):
        handle = raw.FPDF_LoadMemDocument64(source, len(source), None)
    elif isinstance(source, Path):
        handle = raw.FPDF_LoadDocument(os.fsencode(source) + b"\0", None)
    else:
        access = _Access(raw, source)
        handle = raw.FPDF_LoadCustomDocument(access.struct, None)
    why = raw.FPDF_GetLastError()
    try:
        if handle:
            with pdfium.PdfDocument(handle) as document:
                _refuse_useless(raw, document)
                yield document
    finally:
        # Failures cannot pass through PDFium, which takes what was not read for a broken document.
        if access is not None and access.failure is not None:
            raise access.failure
    if not handle:
        raise CannotOpenError(_reason(raw, why))


def _refuse_useless(raw: Any, document: Any) -> None:
    if raw.FPDF_GetSecurityHandlerRevision(document) != -1:
        raise CannotOpenError("it is encrypted, and must not be")
    if not len(document):
        raise CannotOpenError("it has no pages")


def _reason(raw: Any, code: int) -> str:
    if code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}:
        return "it is encrypted, and must not be"
    return "it cannot be read as a PDF"


class _Access:
    """Gives PDFium the bytes of a stream, and keeps what went wrong."""

    def __init__(self, raw: Any, stream: Positionable) -> None:
        self.failure: Exception | None = None
        self._stream = stream
        self.struct = raw.FPDF_FILEACCESS(m_FileLen=stream.seek(0, os.SEEK_END))
        self.struct.m_GetBlock = type(self.struct.m_GetBlock)(self._read)

    def _read(self, _: object, position: int, target: Any, size: int) -> int:
        try:
            self._stream.seek(position)
            data = self._stream.read(size)
        except Exception as failure:
            self.failure = failure
            return 0
        ctypes.memmove(target, data, len(data))
        return int(len(data) == size)
