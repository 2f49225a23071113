from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from sdp.cli._errors import CommandError
from sdp.cli.files import read_password, whole_or_nothing, written_in_the_end


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


class TestAFileThatIsWrittenInTheEnd:
    def test_keeps_what_it_holds_until_then(self, tmp_path: Path) -> None:
        file = tmp_path / "rapport.xml"
        file.write_bytes(b"en lang rapport fra i gaar")
        with written_in_the_end(file) as write:
            assert file.read_bytes().startswith(b"en lang")
            write(b"ny")
            write(b"nyere")
        assert file.read_bytes() == b"nyere"

    def test_may_be_a_pipe_that_somebody_reads(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        read: list[bytes] = []

        def drain() -> None:
            os.set_blocking(reader, True)
            while piece := os.read(reader, 1 << 16):
                read.append(piece)

        with written_in_the_end(pipe) as write:
            thread = threading.Thread(target=drain)
            thread.start()
            write(bytes(300_000))
        thread.join()
        os.close(reader)
        assert len(b"".join(read)) == 300_000

    def test_is_named_at_once_where_nobody_reads_the_pipe(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        with pytest.raises(OSError, match="pipe"), written_in_the_end(pipe):
            pass

    def test_is_named_where_the_reader_goes_away_or_the_disk_is_full(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        with written_in_the_end(pipe) as write:
            os.close(reader)
            with pytest.raises(CommandError, match=r"pipe cannot be written: Broken pipe"):
                write(b"rapport")
        with (
            written_in_the_end(Path("/dev/full")) as write,
            pytest.raises(CommandError, match="/dev/full cannot be written: No space left"),
        ):
            write(b"rapport")
