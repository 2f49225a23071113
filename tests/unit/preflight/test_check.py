"""A check tells of each file what mailbox and printer would say, and sends nothing."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

import sdp
from sdp.cli.app import run
from sdp.preflight import DocumentCheck
from sdp.prices import PriceList
from tests.documents import pdf
from tests.unit.utskrift.handmade import Page, bar, document

_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


def _office(folder: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/document.xml", "<x/>")
    return made.getvalue()


def _opendocument() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    return made.getvalue()


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
_ENCRYPTED = _OLE + "EncryptedPackage".encode("utf-16-le")


def checked(folder: Path, name: str, content: bytes, **options: object) -> DocumentCheck:
    path = folder / name
    path.write_bytes(content)
    (found,) = sdp.check(path, **options).documents  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("brev.pdf", pdf("Hei")),
        ("brev.PDF", pdf("Hei")),
        ("brev.html", b"<p>Hei</p>"),
        ("brev.htm", b"\xef\xbb\xbf<!DOCTYPE html><html lang='nb'><body>Hei</body></html>"),
        ("brev.txt", "Hei på deg".encode()),
        ("kart.png", _PNG),
        ("kart.gif", b"GIF89a" + bytes(20)),
        ("kart.jpeg", b"\xff\xd8\xff\xe0" + bytes(20)),
        ("brev.docx", _office("word")),
        ("ark.xlsx", _office("xl")),
        ("brev.odt", _opendocument()),
        ("brev.doc", _OLE),
        ("alt.zip", _office("annet")),
    ],
)
def test_what_is_what_its_name_says_can_be_sent(tmp_path: Path, name: str, content: bytes) -> None:
    found = checked(tmp_path, name, content)
    assert found.findings == ()
    assert found.can_be_sent
    assert found.size == len(content)
    assert found.billable_bytes is not None
    assert found.billable_bytes > len(content)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("brev.pdf", b"Hei", "the name says application/pdf, but its content is something else"),
        ("brev.pdf", _office("word"), "wordprocessingml"),
        ("brev.pdf", b"<!DOCTYPE html><html></html>", "it is text/html"),
        ("brev.pdf", document(Page(), encrypted=b""), "it is encrypted"),
        ("brev.pdf", document(Page(), encrypted=b"hemmelig"), "it is encrypted"),
        ("brev.pdf", b"%PDF-1.4\n", "cannot be read as a PDF"),
        ("kart.png", b"\xff\xd8\xff\xe0" + bytes(20), "it is image/jpeg"),
        ("brev.docx", _ENCRYPTED, "it is encrypted"),
        ("brev.doc", _office("word"), "wordprocessingml"),
        ("brev.docx", _office("xl"), "spreadsheetml"),
        ("brev.odt", _office("word"), "wordprocessingml"),
        ("brev.txt", pdf("Hei"), "it is application/pdf"),
        ("brev.txt", b"\0\1\2", "its content is something else"),
        ("brev.html", _PNG, "it is image/png"),
        ("brev.html", b"<p>\n<mark>Hei</mark></p>", "line 2: <mark> is not taken"),
        ("brev.xyz", b"Hei", "cannot be told from the ending"),
        ("a.b", b"Hei", "4 to 100 characters"),
        ("mimetype", b"Hei", "the package itself uses"),
        ("brev.txt", b"", "it is empty"),
    ],
)
def test_what_would_be_refused_is_told(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    found = checked(tmp_path, name, content)
    assert not found.can_be_sent
    assert any(words in str(refusal) for refusal in found.refusals)


def test_a_file_that_cannot_be_read_is_refused_like_any_other(tmp_path: Path) -> None:
    (found,) = sdp.check(tmp_path / "borte.pdf").documents
    assert [str(each) for each in found.refusals] == [
        "it cannot be read: No such file or directory"
    ]
    assert (found.size, found.billable_bytes) == (None, None)
    assert not sdp.check(tmp_path).can_be_sent


def test_a_warning_does_not_refuse(tmp_path: Path) -> None:
    found = checked(tmp_path, "brev.txt", "Hei på deg".encode("latin-1"))
    assert found.can_be_sent
    assert [str(each) for each in found.warnings] == [
        "the text is not UTF-8, and may be shown wrong"
    ]


def test_sizes_are_held_to_the_limit(tmp_path: Path) -> None:
    found = checked(tmp_path, "brev.txt", b"x" * 100, size_limit=99)
    assert [str(each) for each in found.refusals] == ["it is 100 bytes and the limit is 99"]
    large = checked(tmp_path, "brev.txt", b"x" * 30_000_001)
    assert large.can_be_sent
    assert "30000000" in str(large.warnings[0])


class TestPrint:
    def test_tells_pages_and_envelope(self, tmp_path: Path) -> None:
        found = checked(tmp_path, "brev.pdf", document(*[Page()] * 13), print=True)
        assert (found.pages, found.sheets, found.envelope) == (13, 7, "C4")
        assert found.can_be_sent

    def test_warns_of_the_margin_and_refuses_where_that_is_asked_for(self, tmp_path: Path) -> None:
        data = document(Page(bar(5, 100, 3, 20)))
        assert checked(tmp_path, "brev.pdf", data).findings == ()
        found = checked(tmp_path, "brev.pdf", data, print=True)
        assert found.can_be_sent
        assert str(found.warnings[0]).startswith("page 1: marks 5 mm")
        assert not checked(tmp_path, "brev.pdf", data, print=True, strict=True).can_be_sent

    def test_refuses_what_the_printer_refuses_and_a_mailbox_takes(self, tmp_path: Path) -> None:
        data = document(Page(size=(300, 300)))
        assert checked(tmp_path, "brev.pdf", data).can_be_sent
        found = checked(tmp_path, "brev.pdf", data, print=True)
        assert "must be A4" in str(found.refusals[0])

    def test_refuses_everything_but_pdf(self, tmp_path: Path) -> None:
        found = checked(tmp_path, "brev.html", b"<p>Hei</p>", print=True)
        assert [str(each) for each in found.refusals] == ["a print letter holds PDF alone"]


class TestPrices:
    def test_tell_how_far_above_the_cheaper_step_a_letter_is(self, tmp_path: Path) -> None:
        prices = PriceList.in_package()
        found = checked(tmp_path, "brev.txt", b"x" * 95_000, prices=prices)
        assert found.price_step is not None
        assert (found.price_step.upper, found.price_step.above) == (100_000, 5_000)
        assert found.price_step.saves == Decimal("0.25")

    def test_tell_nothing_on_the_first_step_or_without_a_list(self, tmp_path: Path) -> None:
        prices = PriceList.in_package()
        assert checked(tmp_path, "brev.txt", b"x" * 90_000, prices=prices).price_step is None
        assert checked(tmp_path, "brev.txt", b"x" * 95_000).price_step is None


def test_files_come_one_by_one_or_as_a_list(tmp_path: Path) -> None:
    for name in ("a-1.txt", "b-2.txt"):
        (tmp_path / name).write_bytes(b"Hei")
    paths = sorted(tmp_path.iterdir())
    assert sdp.check(*paths) == sdp.check(paths) == sdp.check(map(str, paths))
    with pytest.raises(sdp.InvalidInputError, match="at least one"):
        sdp.check()


class TestTheCommand:
    def test_ends_with_0_where_everything_can_be_sent(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "brev.pdf").write_bytes(document(Page(bar(5, 100, 3, 20))))
        assert run(["check", str(tmp_path / "brev.pdf"), "--print"]) == 0
        shown = " ".join(capsys.readouterr().out.split())
        assert "can be sent" in shown
        assert "marks 5 mm from the left" in shown
        assert "1, 1 sheets in C5" in shown

    def test_ends_with_1_where_something_would_be_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "brev.txt").write_bytes(b"x" * 95_000)
        (tmp_path / "brev.pdf").write_bytes(b"Hei")
        files = [str(tmp_path / "brev.txt"), str(tmp_path / "brev.pdf")]
        assert run(["check", *files, "--json", "--prices", "newest"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert told["can_be_sent"] is False
        text, broken = told["files"]
        assert text["can_be_sent"] is True
        assert text["price_step"] == {"upper": 100_000, "above": 5_000, "saves": "0.25"}
        assert broken["refusals"]

    def test_a_file_that_is_missing_is_told_with_the_others(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["check", str(tmp_path / "borte.pdf"), "--json"]) == 1
        (file,) = json.loads(capsys.readouterr().out)["files"]
        assert file["file"].endswith("borte.pdf")
        assert "No such file" in file["refusals"][0]
