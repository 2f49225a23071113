"""The documents of one letter, together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

from pydantic import model_validator

from sdp.domain._problems import ProblemsError
from sdp.domain._verdi import Rekke, Verdi, antall
from sdp.domain.dokument import Dokument
from sdp.domain.filnavn import collision_key
from sdp.domain.kilde import BytesKilde, Kilde
from sdp.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    vedlegg: Annotated[Rekke[Dokument], antall(0, 200)] = ()

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
        for field, filnavn in self._names():
            other = taken.setdefault(collision_key(filnavn), field)
            if other != field:
                problems.append(Problem(field, f"{filnavn} is the same file name as {other}"))
        if problems:
            raise ProblemsError(*problems)
        return self

    def _names(self) -> Iterator[tuple[str, str]]:
        for field, dokument in self.fields():
            yield f"{field}.filnavn", dokument.filnavn
        for field, dokument in self.fields():
            if dokument.metadata_filnavn is not None:
                yield f"{field}.metadata.filnavn", dokument.metadata_filnavn
