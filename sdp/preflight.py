"""Preflight of documents: the verdicts of mailbox and printer, before anything is sent."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sdp import utskrift
from sdp.dokumentpakke import DEFAULT_SIZE_LIMIT
from sdp.dokumentpakke.html.policy import HtmlPolicy
from sdp.domain import check_filnavn
from sdp.domain.filnavn import HTML, MAX_LENGTH, MIME_TYPE_BY_SUFFIX, PDF, guess_mime_type
from sdp.errors import InvalidInputError, Problem
from sdp.gate.files import open_file
from sdp.utskrift import Finding

HEAD: Final = 64 * 1024
"""How many bytes at the start of a file are looked at."""

_PDF_WITHIN: Final = 1024
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OFFICE: Final = "EncryptedPackage".encode("utf-16-le")
_OPENDOCUMENT: Final = re.compile(rb"mimetype(application/vnd\.oasis\.opendocument\.[a-z-]+)")
_OOXML: Final = (
    (b"word/", MIME_TYPE_BY_SUFFIX[".docx"]),
    (b"xl/", MIME_TYPE_BY_SUFFIX[".xlsx"]),
    (b"ppt/", MIME_TYPE_BY_SUFFIX[".pptx"]),
)
_MARKUP: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--(?:(?!-->)[\s\S])*-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|meta|p|h1|div|table)[\s>]",
    re.IGNORECASE,
)
_XML: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\s")
ZIP: Final = MIME_TYPE_BY_SUFFIX[".zip"]
ENCRYPTED_OFFICE: Final = "application/x-encrypted-office"
XML: Final = "application/xml"


def sniff(head: bytes) -> str | None:
    """Tell the MIME type of a file by its first 64 KiB; None where nothing is recognised.

    Text and HTML of no particular beginning are not recognised.
    """
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return MIME_TYPE_BY_SUFFIX[".pdf"]
    for magic, suffix in (
        (b"\x89PNG\r\n\x1a\n", ".png"),
        (b"\xff\xd8\xff", ".jpg"),
        (b"GIF87a", ".gif"),
        (b"GIF89a", ".gif"),
    ):
        if head.startswith(magic):
            return MIME_TYPE_BY_SUFFIX[suffix]
    if head.startswith(b"PK\x03\x04"):
        return _of_zip(head)
    if head.startswith(_OLE):
        return ENCRYPTED_OFFICE if _ENCRYPTED_OFFICE in head else MIME_TYPE_BY_SUFFIX[".doc"]
    if _MARKUP.match(head):
        return MIME_TYPE_BY_SUFFIX[".html"]
    return XML if _XML.match(head) else None


def is_text(head: bytes) -> bool:
    """Tell if the start of a file can be plain text: it holds no NUL."""
    return b"\0" not in head


def _of_zip(head: bytes) -> str:
    opendocument = _OPENDOCUMENT.search(head[:200])
    if opendocument is not None:
        return opendocument[1].decode("ascii")
    if b"[Content_Types].xml" in head:
        for folder, mime_type in _OOXML:
            if folder in head:
                return mime_type
    return ZIP


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal
    from typing import Protocol

    class Step(Protocol):
        """A step of a price list."""

        @property
        def upper(self) -> Decimal:
            """The most bytes that it is for."""

    class Prices(Protocol):
        """A price list: `sdp.prices.PriceList`, or anything like it."""

        def step_down(self, size: Decimal) -> Step | None:
            """Return the cheaper step right below the one of a size."""

        def size_price(self, size: Decimal) -> Decimal | None:
            """Return the price of a size in bytes."""


_SHORTEST_NAME: Final = 4
_SMALLER_LIMIT: Final = 30_000_000
_PIECE: Final = 256 * 1024
_OF_THE_PACKAGE: Final = 10_000
"""Manifest and signature with a chain of three business certificates, rounded up."""


@dataclass(frozen=True, slots=True)
class PriceStep:
    """A cheaper step of the price list, which a document is a little too large for.

    Attributes:
        upper: the most bytes of that step.
        above: how many bytes the letter is above it.
        saves: kroner without VAT that each letter would save.
    """

    upper: int
    above: int
    saves: Decimal


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """Verdicts of mailbox and printer on one file.

    Attributes:
        path: the file.
        mime_type: its kind, by its name; None where that tells nothing.
        size: its size in bytes; None where it cannot be read.
        findings: refusals and warnings.
        pages: the pages of a PDF that was opened, which takes the extra `pdf`.
        sheets: the sheets of a print letter, printed on both sides.
        envelope: the envelope that these take.
        price_step: the cheaper step below; None without a price list, or on its first step.
    """

    path: Path = field(repr=False)
    mime_type: str | None
    size: int | None
    findings: tuple[Finding, ...]
    pages: int | None = None
    sheets: int | None = None
    envelope: str | None = None
    price_step: PriceStep | None = None

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The reasons why it cannot be sent."""
        return tuple(each for each in self.findings if each.is_refusal)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Parts that may be lost or look otherwise. A warning does not refuse."""
        return tuple(each for each in self.findings if not each.is_refusal)

    @property
    def can_be_sent(self) -> bool:
        """True where there are no refusals."""
        return not self.refusals

    @property
    def billable_bytes(self) -> int | None:
        """The billed size of a letter with this document alone: an estimate, a few kB too high.

        Billed are all files of the package before compression. Manifest and signature are taken
        to be 10 000 bytes.
        """
        return None if self.size is None else self.size + _OF_THE_PACKAGE


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The checks of some files, in the order in which they were given."""

    documents: tuple[DocumentCheck, ...]

    @property
    def can_be_sent(self) -> bool:
        """True where every file can be sent."""
        return all(each.can_be_sent for each in self.documents)


def check(
    *files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    print: bool = False,  # noqa: A002 - the same name as the option of the command
    strict: bool = False,
    prices: Prices | None = None,
    size_limit: int = DEFAULT_SIZE_LIMIT,
) -> CheckReport:
    """Check files before they are sent: what mailbox and printer would say of each.

    Compared are name and content, so that a `.pdf` that is none or is encrypted is found; HTML is
    held to the policy. Nothing is sent, and no file is changed. A file that cannot be read is
    refused with the reason, like any other.

    Args:
        files: paths, or lists of them.
        print: check them as a print letter's, too: PDF alone, and what the printer demands.
        strict: make refusals of the printer's warnings.
        prices: a price list, such as `sdp.prices.PriceList.in_package()`.
        size_limit: the largest size of a letter's documents, in bytes.

    Raises:
        InvalidInputError: no file is given.
        ConfigurationError: `print` is asked for, and the extra `pdf` is not installed.
    """
    paths = [Path(each) for each in _flat(files)]
    if not paths:
        raise InvalidInputError("The check", [Problem("files", "must be at least one")])
    return CheckReport(
        tuple(
            _check(path, print_letter=print, strict=strict, prices=prices, size_limit=size_limit)
            for path in paths
        )
    )


def _flat(
    files: tuple[str | os.PathLike[str] | Iterable[str | os.PathLike[str]], ...],
) -> Iterator[str | os.PathLike[str]]:
    for each in files:
        if isinstance(each, str | os.PathLike):
            yield each
        else:
            yield from each


def _check(
    path: Path, *, print_letter: bool, strict: bool, prices: Prices | None, size_limit: int
) -> DocumentCheck:
    mime_type = _mime_type(path)
    try:
        with open_file(path) as file:
            head = file.read(HEAD)
            size = file.seek(0, os.SEEK_END)
        preflight = _of_pdf(path, head, print_letter=print_letter)
        content = tuple(_content_findings(path, mime_type, head, preflight))
    except (OSError, ValueError) as error:  # ValueError: a path that no system takes
        reason = getattr(error, "strerror", None) or type(error).__name__
        refusal = Finding(f"it cannot be read: {reason}", is_refusal=True)
        return DocumentCheck(path, mime_type, None, (refusal,))
    findings = [*_name_findings(path, mime_type), *_size_findings(size, size_limit), *content]
    if print_letter:
        findings += _print_findings(mime_type, preflight, strict=strict)
    is_printed = print_letter and preflight is not None
    return DocumentCheck(
        path,
        mime_type,
        size,
        tuple(dict.fromkeys(findings)),
        pages=preflight.pages if preflight is not None else None,
        sheets=preflight.sheets if is_printed and preflight is not None else None,
        envelope=preflight.envelope if is_printed and preflight is not None else None,
        price_step=_price_step(size + _OF_THE_PACKAGE, prices),
    )


def _mime_type(path: Path) -> str | None:
    try:
        return guess_mime_type(path.name)
    except InvalidInputError:
        return None


def _of_pdf(path: Path, head: bytes, *, print_letter: bool) -> utskrift.Preflight | None:
    if sniff(head) != PDF or not (print_letter or utskrift.available()):
        return None
    return utskrift.preflight(path)


def _name_findings(path: Path, mime_type: str | None) -> Iterator[Finding]:
    if not _SHORTEST_NAME <= len(path.name) <= MAX_LENGTH:
        rule = f"the name must be {_SHORTEST_NAME} to {MAX_LENGTH} characters"
        yield Finding(rule, is_refusal=True)
    try:
        check_filnavn(path.name)
    except ValueError as error:
        yield Finding(f"the name {error}", is_refusal=True)
    if mime_type is None:
        rule = "the kind of the document cannot be told from the ending of its name"
        yield Finding(rule, is_refusal=True)


def _size_findings(size: int, size_limit: int) -> Iterator[Finding]:
    if size == 0:
        yield Finding("it is empty", is_refusal=True)
    elif size > size_limit:
        yield Finding(f"it is {size} bytes and the limit is {size_limit}", is_refusal=True)
    elif size > _SMALLER_LIMIT:
        rule = f"it is {size} bytes, and some of Digdir's pages give {_SMALLER_LIMIT} as the limit"
        yield Finding(rule, is_refusal=False)


def _content_findings(
    path: Path, mime_type: str | None, head: bytes, preflight: utskrift.Preflight | None
) -> Iterator[Finding]:
    found = sniff(head)
    if found == ENCRYPTED_OFFICE:
        yield Finding("it is encrypted, and must not be", is_refusal=True)
    elif head and mime_type is not None and not _is_of_kind(mime_type, found, head):
        told = f"it is {found}" if found else "its content is something else"
        yield Finding(f"the name says {mime_type}, but {told}", is_refusal=True)
    elif mime_type == HTML:
        yield from _html_findings(path)
    elif mime_type == "text/plain" and not _is_utf8(path):
        yield Finding("the text is not UTF-8, and may be shown wrong", is_refusal=False)
    if preflight is not None and preflight.pages is None:
        yield from preflight.refusals
    elif mime_type == found == PDF and preflight is None and _mentions_encryption(path):
        yield Finding("it seems to be encrypted, and must not be", is_refusal=False)


def _is_of_kind(mime_type: str, found: str | None, head: bytes) -> bool:
    """Compare the kind of the name with that of the content."""
    if mime_type == ZIP:  # application/octet-stream
        return True
    if mime_type == "text/plain":
        return is_text(head) and found in (None, HTML, XML)
    if mime_type == HTML:
        return is_text(head) and found in (None, HTML, XML)
    if mime_type.startswith("application/vnd.") and found == ZIP:
        return True  # the files that tell may lie further in
    return found == mime_type


def _html_findings(path: Path) -> Iterator[Finding]:
    policy = HtmlPolicy()
    with open_file(path) as file:
        while piece := file.read(_PIECE):
            policy.take(piece)
    policy.finish()
    for line, rule in policy.found:
        yield Finding(rule, is_refusal=True, line=line)


def _mentions_encryption(path: Path) -> bool:
    word = b"/Encrypt"
    with open_file(path) as file:
        end = b""
        while piece := file.read(_PIECE):
            if word in end + piece:
                return True
            end = piece[-len(word) :]
    return False


def _is_utf8(path: Path) -> bool:
    try:
        with TextIOWrapper(open_file(path), "utf-8", newline="") as file:
            while file.read(_PIECE):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _print_findings(
    mime_type: str | None, preflight: utskrift.Preflight | None, *, strict: bool
) -> Iterator[Finding]:
    if mime_type is not None and mime_type != PDF:
        yield Finding("a print letter holds PDF alone", is_refusal=True)
    if preflight is not None:
        for each in preflight.findings:
            yield Finding(each.rule, each.is_refusal or strict, each.pages)


def _price_step(billable: int, prices: Prices | None) -> PriceStep | None:
    if prices is None:
        return None
    from decimal import Decimal

    size = Decimal(billable)
    step, price = prices.step_down(size), prices.size_price(size)
    if step is None or price is None:
        return None
    lower = prices.size_price(step.upper)
    upper = int(step.upper)
    return PriceStep(upper, billable - upper, price - (lower or price))
