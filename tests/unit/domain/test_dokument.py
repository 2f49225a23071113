from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

from sdp import domain
from sdp.domain.filnavn import MIME_TYPE_BY_SUFFIX
from sdp.errors import InvalidInputError


def test_a_file_gives_its_name_kind_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "Vedtak.PDF"
    path.write_bytes(b"%PDF-1.7")
    dokument = domain.Dokument.from_path(path, tittel="Vedtak")
    assert (dokument.filnavn, dokument.mime_type) == ("Vedtak.PDF", "application/pdf")
    assert dokument.kilde.size() == 8
    for _ in range(2):
        with dokument.kilde.open() as stream:
            assert stream.read() == b"%PDF-1.7"


def test_a_file_may_go_by_another_name_and_kind_in_the_package(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"<faktura/>")
    dokument = domain.Dokument.from_path(
        str(path), filnavn="faktura.xml", mime_type="application/ehf+xml", spraakkode="nn"
    )
    assert (dokument.filnavn, dokument.mime_type) == ("faktura.xml", "application/ehf+xml")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"kilde: borte\.pdf does not exist"):
        domain.Dokument.from_path(tmp_path / "borte.pdf")


@pytest.mark.parametrize("data", ["tekst", 5, None])
def test_what_is_not_bytes_is_refused_with_how_to_make_it_so(data: Any) -> None:
    with pytest.raises(InvalidInputError, match="data: must be bytes; encode text first"):
        domain.Dokument.from_bytes(data, filnavn="brev.txt", tittel="Brev")


def test_an_empty_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "tom.pdf"
    path.touch()
    with pytest.raises(InvalidInputError, match=r"kilde: tom\.pdf is empty"):
        domain.Dokument.from_path(path)


def test_a_folder_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "mappe.pdf").mkdir()
    with pytest.raises(InvalidInputError, match=r"kilde: mappe\.pdf is not a regular file"):
        domain.Dokument.from_path(tmp_path / "mappe.pdf")


def test_a_named_pipe_is_refused_without_being_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    with pytest.raises(InvalidInputError, match=r"kilde: pipe\.pdf is not a regular file"):
        domain.Dokument.from_path(tmp_path / "pipe.pdf")


def denied(*_: object, **__: object) -> int:
    raise PermissionError(13, "Permission denied")


def test_a_file_that_may_not_be_read_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hemmelig.pdf"
    path.write_bytes(b"x")
    path.chmod(0)
    with monkeypatch.context() as patch:
        if os.access(path, os.R_OK):  # the superuser may read anything
            patch.setattr(os, "open", denied)
        with pytest.raises(
            InvalidInputError, match=r"hemmelig\.pdf cannot be read: Permission denied"
        ):
            domain.Dokument.from_path(path)


def test_no_bytes_are_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"kilde: brev\.pdf is empty"):
        domain.Dokument.from_bytes(b"", filnavn="brev.pdf")


def test_a_stream_is_opened_anew_each_time() -> None:
    dokument = domain.Dokument.from_stream(lambda: io.BytesIO(b"abc"), filnavn="brev.txt")
    assert dokument.mime_type == "text/plain"
    assert dokument.kilde.size() is None
    assert [dokument.kilde.open().read() for _ in range(2)] == [b"abc", b"abc"]


@pytest.mark.parametrize(("size", "rule"), [(0, "is empty"), (-1, "negative size")])
def test_a_stream_said_to_hold_nothing_is_refused(size: int, rule: str) -> None:
    with pytest.raises(InvalidInputError, match=rule):
        domain.Dokument.from_stream(lambda: io.BytesIO(b"abc"), filnavn="brev.txt", size=size)


@pytest.mark.parametrize(("suffix", "mime_type"), sorted(MIME_TYPE_BY_SUFFIX.items()))
def test_the_ending_of_a_name_tells_the_kind(suffix: str, mime_type: str) -> None:
    assert domain.Dokument.from_bytes(b"x", filnavn=f"brev{suffix}").mime_type == mime_type


def test_an_ending_that_tells_nothing_asks_for_the_kind() -> None:
    with pytest.raises(InvalidInputError, match=r"mime_type: cannot be told .*'brev\.xyz'"):
        domain.Dokument.from_bytes(b"x", filnavn="brev.xyz")


def test_a_kind_the_mailboxes_do_not_take_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="mime_type: must be one of application/ehf"):
        domain.Dokument.from_bytes(b"x", filnavn="brev.svg", mime_type="image/svg+xml")


@pytest.mark.parametrize("code", ["", "n", "nob", "n1", "nø", "NO\n"])
def test_a_language_code_that_is_not_two_letters_is_refused(code: str) -> None:
    with pytest.raises(InvalidInputError, match="spraakkode: must be a language code"):
        domain.Dokument.from_bytes(b"x", filnavn="brev.pdf", spraakkode=code)


def test_metadata_takes_its_name_from_the_whole_name_of_the_document() -> None:
    link = domain.Lenke(url="https://a.no")
    dokument = domain.Dokument.from_bytes(b"x", filnavn="brev.pdf", metadata=link)
    assert dokument.metadata_filnavn == "brev.pdf.lenke.xml"
    longest = domain.Dokument.from_bytes(b"x", filnavn="ø" * 96 + ".pdf", metadata=link)
    assert longest.metadata_filnavn is not None
    assert len(longest.metadata_filnavn) == 100


def test_metadata_may_have_a_name_of_its_own() -> None:
    link = domain.Lenke(url="https://a.no", filnavn="svar.xml")
    dokument = domain.Dokument.from_bytes(b"x", filnavn="brev.pdf", metadata=link)
    assert dokument.metadata_filnavn == "svar.xml"
