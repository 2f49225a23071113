"""Documents of a letter as a mailbox and a printer look at them: content, titles, extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdp.testmiljo.validators.rejection import LetterRejection

if TYPE_CHECKING:
    from sdp.testmiljo.validators.manifest import ManifestFile

_SIGNATURES: Final = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "zip": (b"PK",),
}
_NAMED: Final = {
    "pdf": "pdf",
    "png": "png",
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "gif": "gif",
    **dict.fromkeys(("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp"), "zip"),
    **dict.fromkeys(("txt", "html", "htm", "xml", "csv"), "text"),
}
_HEAD: Final = 1024
"""The bytes within which the signature of a PDF must begin (ISO 32000-1, annex H)."""
_SHOWN_EXTENSIONS: Final = (
    "application/vnd.difi.dpi.lenke+xml",
    "application/vnd.difi.dpi.bevis+xml",
)


def check_content(file: ManifestFile, content: bytes) -> None:
    """Check that a document is of the kind that its name says.

    Raises:
        LetterRejection: it is not.
    """
    extension = file.filnavn.rpartition(".")[2].lower()
    named = _NAMED.get(extension)
    found = _kind_of(content)
    is_text = named == "text" and found is None
    if named is not None and named != found and not is_text:
        raise LetterRejection(f"the content of a .{extension} is of another kind")


def is_shown(extension: ManifestFile) -> bool:
    """Tell whether a mailbox knows an extension; others it drops without telling anybody."""
    return extension.mime_type.lower() in _SHOWN_EXTENSIONS


def _kind_of(content: bytes) -> str | None:
    for kind, signatures in _SIGNATURES.items():
        if kind == "pdf":
            if signatures[0] in content[:_HEAD]:
                return kind
        elif content.startswith(signatures):
            return kind
    return None
