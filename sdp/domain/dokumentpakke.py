"""The documents of a letter, one by one and together, and the sources of their bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Annotated, BinaryIO, NamedTuple, Self, TypedDict, Unpack

from pydantic import ValidationInfo, field_validator, model_validator

from sdp.domain._verdi import (
    Instans,
    Privat,
    ProblemsError,
    Rekke,
    Spraakkode,
    Verdi,
    antall,
    tekst,
)
from sdp.domain.filnavn import MAX_LENGTH, Filnavn, MimeType, collision_key, guess_mime_type
from sdp.domain.metadata import Metadatadokument
from sdp.errors import InvalidInputError, Problem, not_picklable
from sdp.gate.files import open_file

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from sdp.domain.arrangement import Arrangement
    from sdp.domain.bevis import Bevis
    from sdp.domain.lenke import Lenke


@dataclass(frozen=True, slots=True)
class PathKilde:
    """A file. `open` and `size` raise OSError where the file has gone."""

    path: Path = field(repr=False)

    def open(self) -> BinaryIO:
        """Open the file at its first byte."""
        return open_file(self.path)

    def size(self) -> int:
        """Return the size now, in bytes."""
        return self.path.stat().st_size

    def problem(self) -> str | None:
        """Say why the file cannot be a document, if it cannot."""
        try:
            if not self.path.exists():
                return "does not exist"
            if not self.path.is_file():
                return "is not a regular file"
            with self.open():
                return None if self.size() else "is empty"
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        except ValueError:
            return "cannot be read: its path is one that no system takes"


@dataclass(frozen=True, slots=True)
class BytesKilde:
    """Bytes in memory."""

    data: bytes = field(repr=False)

    def open(self) -> BinaryIO:
        """Open the bytes at the first."""
        return io.BytesIO(self.data)

    def size(self) -> int:
        """Return the number of bytes."""
        return len(self.data)

    def problem(self) -> str | None:
        """Say why the bytes cannot be a document, if they cannot."""
        return None if self.data else "is empty"


@dataclass(frozen=True, slots=True)
class StreamKilde:
    """A stream that `opener` opens anew each time, with the same bytes.

    Attributes:
        opener: returns a readable binary stream at its first byte.
        length: the number of bytes, or None where nobody knows before reading.
    """

    opener: Callable[[], BinaryIO] = field(repr=False)
    length: int | None = None

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        import pickle  # by here it is imported; no other letter needs it

        # A lambda, a function within a function, a method of a file that is open: by trying alone
        # it is known what another process can call.
        try:
            pickle.dumps(self.opener)
        except Exception:
            raise not_picklable(
                "a document from a stream that another process cannot open",
                "give a function of a module, a path or the bytes",
            ) from None
        return StreamKilde, (self.opener, self.length)

    def open(self) -> BinaryIO:
        """Open a new stream."""
        return self.opener()

    def size(self) -> int | None:
        """Return the number of bytes, if known."""
        return self.length

    def problem(self) -> str | None:
        """Say why the stream cannot be a document, if it cannot."""
        if not callable(self.opener):
            return "must be given as a function that opens it, not as a stream that is open"
        if self.length is None or self.length > 0:
            return None
        return "is empty" if self.length == 0 else "must not have a negative size"


Kilde = PathKilde | BytesKilde | StreamKilde


if TYPE_CHECKING:
    Metadata = Lenke | Arrangement | Bevis
else:
    # Most letters have none, so its kinds are imported by whoever makes one.
    Metadata = Metadatadokument


class Dokumentvalg(TypedDict, total=False):
    """The options of a document, wherever its bytes come from."""

    tittel: str | None
    """The title shown to the citizen after log-in; 1..255 characters."""
    spraakkode: str
    """The language of the title."""
    metadata: Metadata | None
    """A link, an event or a credential that belongs to the document."""


class Dokument(Verdi):
    """A document: a name, a kind, and where its bytes are. Source: sdp-manifest.xsd, Dokument."""

    tittel: Privat[Annotated[str, tekst(1, 255)] | None] = None
    """The title shown to the citizen after log-in; 1..255 characters."""
    filnavn: Filnavn
    """Its name in the package; 4..100 characters."""
    mime_type: MimeType
    """Its kind: one of `ALLOWED_MIME_TYPES`."""
    kilde: Annotated[Kilde, Instans(PathKilde, BytesKilde, StreamKilde)]
    """The source of its bytes; not empty."""
    spraakkode: Spraakkode = "NO"
    """The language of the title."""
    metadata: Annotated[
        Metadata | None,
        Instans(Metadatadokument, NoneType, told="Lenke or Arrangement or Bevis"),
    ] = None
    """A link, an event or a credential that belongs to the document."""

    @field_validator("kilde")
    @classmethod
    def _readable(cls, kilde: Kilde, info: ValidationInfo) -> Kilde:
        problem = kilde.problem()
        if problem is None:
            return kilde
        raise ValueError(f"{info.data.get('filnavn', 'the document')} {problem}")

    @classmethod
    def from_path(
        cls,
        path: str | os.PathLike[str],
        *,
        filnavn: str | None = None,
        mime_type: str | None = None,
        **options: Unpack[Dokumentvalg],
    ) -> Self:
        """Make a document of a file, which must exist now and when the letter is packed.

        Args:
            path: the file.
            filnavn: its name in the package; None keeps the name it has.
            mime_type: its kind; None guesses it from the file name.
            options: `tittel`, `spraakkode` and `metadata` as on `Dokument`.

        Raises:
            InvalidInputError: also if the file is missing, unreadable or empty.
        """
        path = Path(path)
        return cls._of(
            PathKilde(path), path.name if filnavn is None else filnavn, mime_type, options
        )

    @classmethod
    def from_bytes(
        cls,
        data: bytes,
        *,
        filnavn: str,
        mime_type: str | None = None,
        **options: Unpack[Dokumentvalg],
    ) -> Self:
        """Make a document of bytes in memory; the arguments are those of `from_path`.

        Raises:
            InvalidInputError: naming each argument that breaks a rule.
        """
        if not isinstance(data, bytes | bytearray | memoryview):
            rule = "must be bytes; encode text first, such as text.encode('utf-8')"
            raise InvalidInputError("Dokument", [Problem("data", rule)])
        return cls._of(BytesKilde(bytes(data)), filnavn, mime_type, options)

    @classmethod
    def from_stream(
        cls,
        open: Callable[[], BinaryIO],  # noqa: A002
        *,
        filnavn: str,
        size: int | None = None,
        mime_type: str | None = None,
        **options: Unpack[Dokumentvalg],
    ) -> Self:
        """Make a document of a stream. `open` returns a new one, with the same bytes, each time.

        `size` is the number of bytes, if known; give it where the size limit is 4 GiB or more, or
        mailboxes on Java 17 cannot read the document. The other arguments are those of `from_path`.
        """
        return cls._of(StreamKilde(open, size), filnavn, mime_type, options)

    @classmethod
    def _of(cls, kilde: Kilde, filnavn: str, mime_type: str | None, options: Dokumentvalg) -> Self:
        return cls(
            kilde=kilde,
            filnavn=filnavn,
            mime_type=guess_mime_type(filnavn) if mime_type is None else mime_type,
            **options,
        )

    @property
    def metadata_filnavn(self) -> str | None:
        """The name of the metadata document, if there is one: its own, or made from this name."""
        if self.metadata is None:
            return None
        suffix = self.metadata.suffix
        return self.metadata.filnavn or self.filnavn[: MAX_LENGTH - len(suffix)] + suffix


class Pakkefil(NamedTuple):
    """A file that goes into the package."""

    filnavn: str
    mime_type: str
    kilde: Kilde


class Dokumentpakke(Verdi):
    """A main document and 0..200 attachments, with no two file names the same.

    Names that differ only in case, or only in Unicode composition, count as the same.
    Source: sdp-manifest.xsd, Manifest; the mailboxes refuse duplicate names.
    """

    hoveddokument: Dokument
    """The document that is shown first."""
    vedlegg: Annotated[Rekke[Dokument], antall(0, 200)] = ()
    """The attachments, in order; at most 200."""

    @property
    def dokumenter(self) -> tuple[Dokument, ...]:
        """The main document and the attachments, in order."""
        return (self.hoveddokument, *self.vedlegg)

    def files(self) -> Iterator[Pakkefil]:
        """Every file but the package's own: the documents in order, then their metadata."""
        for dokument in self.dokumenter:
            yield Pakkefil(dokument.filnavn, dokument.mime_type, dokument.kilde)
        for dokument in self.dokumenter:
            if dokument.metadata is not None and dokument.metadata_filnavn is not None:
                yield Pakkefil(
                    dokument.metadata_filnavn,
                    dokument.metadata.mime_type,
                    BytesKilde(dokument.metadata.to_xml()),
                )

    def fields(self) -> Iterator[tuple[str, Dokument]]:
        """Each document with the path of the field it stands in, such as `vedlegg[3]`."""
        yield "hoveddokument", self.hoveddokument
        for index, dokument in enumerate(self.vedlegg):
            yield f"vedlegg[{index}]", dokument

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        taken: dict[str, str] = {}
        problems = []
        for place, filnavn in self._names():
            other = taken.setdefault(collision_key(filnavn), place)
            if other != place:
                problems.append(Problem(place, f"{filnavn} is the same file name as {other}"))
        if problems:
            raise ProblemsError(*problems)
        return self

    def _names(self) -> Iterator[tuple[str, str]]:
        placed = list(self.fields())
        for place, dokument in placed:
            yield f"{place}.filnavn", dokument.filnavn
        for place, dokument in placed:
            if (filnavn := dokument.metadata_filnavn) is not None:
                yield f"{place}.metadata.filnavn", filnavn
