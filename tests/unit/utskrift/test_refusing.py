"""A print letter is refused by the name of the document that cannot be printed."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from sdp.domain import Dokument, Dokumentpakke, FysiskForsendelse
from sdp.errors import DocumentError, PackageTooLargeError
from sdp.utskrift import refuse_unprintable
from tests.unit.utskrift.handmade import Page, document, stream, text

Letter = Callable[..., FysiskForsendelse]
Letters = Callable[..., FysiskForsendelse]

_GOOD = document(Page())
_BAD = document(Page(size=(300, 300)), version="2.0")
_MIB = 1024 * 1024


@pytest.fixture
def letter(fysisk_forsendelse: Letter) -> Letters:
    def build(*dokumenter: Dokument) -> FysiskForsendelse:
        first, *rest = dokumenter
        return fysisk_forsendelse(
            dokumentpakke=Dokumentpakke(hoveddokument=first, vedlegg=tuple(rest))
        )

    return build


def _brev(data: bytes, filnavn: str = "brev.pdf") -> Dokument:
    return Dokument.from_bytes(data, filnavn=filnavn, tittel="Vedtak om stønad")


def _flow(opener: Callable[[], BinaryIO], size: int | None = None) -> Dokument:
    return Dokument.from_stream(opener, filnavn="brev.pdf", size=size)


def test_a_letter_that_can_be_printed_passes(letter: Letters, tmp_path: Path) -> None:
    path = tmp_path / "fil.pdf"
    path.write_bytes(_GOOD)
    refuse_unprintable(
        letter(
            _brev(_GOOD),
            Dokument.from_path(path),
            _flow(lambda: io.BytesIO(_GOOD)).model_copy(update={"filnavn": "flyt.pdf"}),
        )
    )


def test_the_document_is_named_and_everything_that_is_wrong_with_it(letter: Letters) -> None:
    with pytest.raises(DocumentError) as refusal:
        refuse_unprintable(letter(_brev(_GOOD), _brev(_BAD, "vedlegg.pdf")))

    assert refusal.value.filnavn == "vedlegg.pdf"
    assert str(refusal.value) == (
        "The document vedlegg.pdf cannot be printed: the version must be PDF 1.0 to 1.7; "
        "page 1: the size is 106 x 106 mm and must be A4 upright, 210 x 297 mm. "
        "Correct it, for example by exporting it as PDF/A on A4."
    )
    assert "Vedtak" not in str(refusal.value)


@pytest.mark.parametrize("data", [_GOOD, _BAD])
def test_files_and_streams_are_judged_as_bytes_are(
    letter: Letters, tmp_path: Path, data: bytes
) -> None:
    def judged(dokument: Dokument) -> str:
        try:
            refuse_unprintable(letter(dokument))
        except DocumentError as refusal:
            return str(refusal)
        return "printable"

    path = tmp_path / "brev.pdf"
    path.write_bytes(data)
    words = {judged(_brev(data)), judged(Dokument.from_path(path))}
    assert words == {judged(_flow(lambda: io.BytesIO(data), len(data)))}


def test_a_large_stream_is_copied_to_a_file_that_leaves_nothing_behind(
    letter: Letters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    data = document(Page(), extra={1000: stream(bytes(6 * _MIB))})
    refuse_unprintable(letter(_flow(lambda: io.BytesIO(data))))
    assert list(tmp_path.iterdir()) == []


def test_a_stream_without_end_is_not_copied_for_ever(letter: Letters) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            return bytes(size)

    with pytest.raises(PackageTooLargeError):
        refuse_unprintable(letter(_flow(Endless)), size_limit=3 * _MIB)  # type: ignore[arg-type]


def test_a_file_that_has_gone_is_named(letter: Letters, tmp_path: Path) -> None:
    path = tmp_path / "hemmelig-mappe.pdf"
    path.write_bytes(_GOOD)
    forsendelse = letter(Dokument.from_path(path, filnavn="brev.pdf"))
    path.unlink()
    with pytest.raises(DocumentError, match=r"brev\.pdf cannot be read: No such file") as error:
        refuse_unprintable(forsendelse)
    assert "hemmelig" not in str(error.value)


def test_a_stream_that_cannot_be_opened_is_named(letter: Letters) -> None:
    def closed() -> BinaryIO:
        raise ConnectionError

    with pytest.raises(DocumentError, match=r"brev\.pdf cannot be read: ConnectionError"):
        refuse_unprintable(letter(_flow(closed)))


def test_without_the_extra_nothing_is_checked(
    letter: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    refuse_unprintable(letter(_brev(_BAD)))


_MEASURE = """
import resource, sys
from pathlib import Path
from sdp.utskrift import check_printable
check_printable(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert check_printable(Path(sys.argv[2])) == ()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
def test_a_large_file_is_not_loaded_whole(tmp_path: Path) -> None:
    small, large = tmp_path / "small.pdf", tmp_path / "large.pdf"
    small.write_bytes(_GOOD)
    large.write_bytes(document(*[Page()] * 100, extra={10_000: stream(bytes(80 * _MIB))}))
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE, small, large], check=True, capture_output=True, text=True
    )
    assert int(measured.stdout) < 20  # MiB


def test_warnings_refuse_where_that_is_asked_for(letter: Letters) -> None:
    near_the_edge = letter(_brev(document(Page(text(x_mm=5)))))
    refuse_unprintable(near_the_edge)
    with pytest.raises(DocumentError, match="the leftmost 18 mm"):
        refuse_unprintable(near_the_edge, strict=True)
