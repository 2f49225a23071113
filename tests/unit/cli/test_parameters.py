from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from sdp.cli._errors import CommandError
from sdp.cli.outbox_views import person_or_file
from sdp.cli.parameters import certificate, person, size, uuid
from sdp.verify.preflight import people_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("written", "bytes_"),
    [
        ("123", 123),
        ("123B", 123),
        ("1kB", 1000),
        ("1k", 1000),
        ("1KiB", 1024),
        ("50MB", 50_000_000),
        ("50 mb", 50_000_000),
        ("4GiB", 4 * 1024**3),
        ("2T", 2 * 10**12),
        (" 7 ", 7),
    ],
)
def test_a_size_is_read_in_every_usual_way_of_writing(written: str, bytes_: int) -> None:
    assert size(written) == bytes_


@pytest.mark.parametrize("written", ["", "MB", "-1", "1.5GB", "4GiBs", "4iB", "1 000", "4PB", "٣"])
def test_what_is_not_a_size_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(click.BadParameter, match="50MB or 4GiB"):
        size(written)


def test_an_id_has_one_form() -> None:
    written = "6D0EC155-b4f7-43c3-908e-211d68c9cf09"
    assert uuid(f" {written}\n") == written.lower()


@pytest.mark.parametrize(
    "way", ["urn:uuid:{}", "{{{}}}", "{}x", "uuid:{}", "", "6d0ec155b4f743c3908e211d68c9cf09"]
)
def test_an_id_in_another_form_is_refused_with_an_example(way: str) -> None:
    with pytest.raises(click.BadParameter, match=r"plain form with hyphens, such as [0-9a-f-]{36}"):
        uuid(way.format("6d0ec155-b4f7-43c3-908e-211d68c9cf09"))


def test_a_person_can_be_read_from_a_file_out_of_sight_of_the_process_list(tmp_path: Path) -> None:
    file = tmp_path / "fnr.txt"
    file.write_text("01815012345\n", encoding="utf-8")

    assert person(f"@{file}") == "01815012345"
    assert person("01815012345") == "01815012345"


def test_a_file_that_holds_no_certificate_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "no.pem"
    file.write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")

    with pytest.raises(click.BadParameter, match=r"no\.pem holds no certificate"):
        certificate(str(file))


@pytest.mark.parametrize("content", ["", " \n", "\ufeff\r\n"])
def test_a_file_without_any_number_is_told_by_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "fnr.txt"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(CommandError, match=r"fnr\.txt holds no number"):
        person(f"@{file}")
    with pytest.raises(ValueError, match=r"fnr\.txt holds no number"):
        people_in(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_of_test_persons_is_read_in_the_encodings_of_editors(
    tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "fnr.txt"
    file.write_text("01815800083\n01815800083\n", encoding=encoding)

    assert people_in(file) == ("01815800083", "01815800083")


@pytest.mark.parametrize("written", ["01815800083", "@{file}", "{file}"])
def test_the_letters_of_a_person_are_asked_for_as_elsewhere_or_by_a_file(
    tmp_path: Path, written: str
) -> None:
    file = tmp_path / "kari.fnr"
    file.write_text("01815800083\n")
    assert person_or_file(written.format(file=file)) == "01815800083"
