from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sdp.cli._errors import CommandError
from sdp.cli.files import read_password, whole_or_nothing

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_appears_whole_and_for_this_user_alone(tmp_path: Path) -> None:
    target = tmp_path / "out.cms"

    with whole_or_nothing(target) as file:
        file.write(b"whole")
        assert not target.exists()

    assert target.read_bytes() == b"whole"
    assert target.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt()])
def test_nothing_is_left_of_a_file_whose_writing_failed(
    tmp_path: Path, failure: BaseException
) -> None:
    target = tmp_path / "out.cms"
    target.write_bytes(b"from before")

    def interrupted() -> None:
        with whole_or_nothing(target) as file:
            file.write(b"half")
            raise failure

    with pytest.raises(type(failure)):
        interrupted()

    assert target.read_bytes() == b"from before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_long_file_name_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 255)

    with whole_or_nothing(target) as file:
        file.write(b"data")

    assert target.read_bytes() == b"data"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_password_file_may_end_with_a_line_break(
    tmp_path: Path, ending: str, encoding: str
) -> None:
    file = tmp_path / "password"
    file.write_bytes(f" pass ørd{ending}".encode(encoding))

    assert read_password(file).get_secret_value() == " pass ørd"


@pytest.mark.parametrize("written", ["ø".encode("cp1252"), "ord".encode("utf-16-le"), b"a\0b"])
def test_a_password_file_in_another_encoding_is_named(tmp_path: Path, written: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(written)

    with pytest.raises(CommandError, match=r"password is not UTF-8") as refusal:
        read_password(file)
    assert str(written) not in str(refusal.value)
