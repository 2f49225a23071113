"""Refusals and warnings of the printer are told before anything is sent."""

from __future__ import annotations

import importlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sdp.errors import ConfigurationError
from sdp.utskrift import available, check_printable, preflight
from tests.documents import pdf
from tests.unit.utskrift.fonts import drawn_letters, embedded, unembedded
from tests.unit.utskrift.handmade import A4, HELVETICA, MM, Page, bar, document, text

_ENCRYPTED = "it is encrypted, and must not be"
_VERSION = "the version must be PDF 1.0 to 1.7"
_MARGIN = (
    "the leftmost 18 mm are for the printer's barcode, and what stands there may be overwritten"
)


def warnings(data: bytes) -> tuple[str, ...]:
    found = preflight(data)
    assert found.refusals == ()
    return tuple(map(str, found.warnings))


def test_a_plain_letter_can_be_printed() -> None:
    assert available()
    assert check_printable(pdf("Hei")) == ()
    assert check_printable(document(Page(), Page(), Page())) == ()


class TestTheDocument:
    @pytest.mark.parametrize("data", [b"", b"Hei", b"%PDF-1.4\n", bytes(5000)])
    def test_that_is_no_pdf_is_told_so(self, data: bytes) -> None:
        assert check_printable(data) == ("it cannot be read as a PDF",)

    def test_that_is_cut_short_is_told_so(self) -> None:
        assert check_printable(document(Page())[:200]) == ("it cannot be read as a PDF",)

    def test_that_has_no_pages_is_told_so(self) -> None:
        assert check_printable(document()) == ("it has no pages",)

    @pytest.mark.parametrize("password", [b"", b"hemmelig"])
    def test_that_is_encrypted_is_told_so_even_where_anyone_may_read_it(
        self, password: bytes
    ) -> None:
        assert check_printable(document(Page(), encrypted=password)) == (_ENCRYPTED,)

    @pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
    def test_of_a_version_that_the_printer_reads_passes(self, version: str) -> None:
        assert check_printable(document(Page(), version=version)) == ()

    @pytest.mark.parametrize("version", ["0.9", "1.8", "2.0"])
    def test_of_another_version_is_told_so(self, version: str) -> None:
        assert check_printable(document(Page(), version=version)) == (_VERSION,)

    def test_with_a_page_that_is_missing_is_told_so(self) -> None:
        broken = document(Page(), Page()).replace(b"20 0 obj", b"99 0 obj")
        assert check_printable(broken) == ("page 2: it cannot be read",)


class TestThePageSize:
    @pytest.mark.parametrize(
        ("width_mm", "height_mm"), [(210, 297), (205, 297), (200, 287), (210.4, 297.4)]
    )
    def test_that_is_a4_or_a_little_smaller_passes(self, width_mm: float, height_mm: float) -> None:
        assert warnings(document(Page(size=(width_mm * MM, height_mm * MM)))) == ()

    @pytest.mark.parametrize(
        ("width_mm", "height_mm"), [(211, 297), (216, 303), (220, 307), (210, 298)]
    )
    def test_that_is_a_little_larger_is_warned_of(self, width_mm: float, height_mm: float) -> None:
        (warning,) = warnings(document(Page(size=(width_mm * MM, height_mm * MM))))
        assert warning == (
            f"page 1: the size is {width_mm} x {height_mm} mm; that must be agreed with the "
            "printer, and what is beyond A4 is cut"
        )

    @pytest.mark.parametrize(
        ("width_mm", "height_mm"), [(199, 297), (216, 279), (221, 307), (148, 210), (297, 420)]
    )
    def test_of_other_paper_is_told_with_its_measures(
        self, width_mm: float, height_mm: float
    ) -> None:
        (problem,) = check_printable(document(Page(size=(width_mm * MM, height_mm * MM))))
        assert problem == (
            f"page 1: the size is {width_mm} x {height_mm} mm and must be A4 upright, 210 x 297 mm"
        )

    def test_a4_on_its_side_is_warned_of_and_turned_upright_it_passes(self) -> None:
        width, height = A4
        (warning,) = warnings(document(Page(text(y_mm=150), size=(height, width))))
        assert (
            warning == "page 1: the size is 297 x 210 mm: A4 on its side, which should be upright"
        )
        turned = Page(text(y_mm=150), size=(height, width), more="/Rotate 90")
        assert warnings(document(turned)) == ()

    def test_what_counts_is_what_is_left_when_the_page_is_cropped(self) -> None:
        cropped = Page(more="/CropBox [0 0 300 300]")
        assert "106 x 106 mm" in check_printable(document(cropped))[0]

    def test_an_enormous_page_is_not_drawn(self) -> None:
        assert len(check_printable(document(Page(size=(2_000_000, 2_000_000))))) == 1


class TestTheMargin:
    @pytest.mark.parametrize(
        "content",
        [
            text(x_mm=16),
            text(x_mm=2, y_mm=2),
            bar(17.7, 0, 1, 297),
            bar(5, 200, 0.3, 0.3),
            bar(0, 0, 210, 297, grey=0.9),
            f"q 0.2 w {10 * MM} 0 m {10 * MM} 800 l S Q",
        ],
    )
    def test_with_a_mark_in_it_is_warned_of(self, content: str) -> None:
        (warning,) = warnings(document(Page(content)))
        assert warning.startswith("page 1: marks ")
        assert warning.endswith(f"; {_MARGIN}")

    def test_is_told_with_the_place_of_the_marks(self) -> None:
        (warning,) = warnings(document(Page(bar(10, 297 - 140, 3, 20))))
        assert (
            warning == f"page 1: marks 10 mm from the left, 120 to 140 mm from the top; {_MARGIN}"
        )

    def test_is_a_refusal_where_that_is_asked_for(self) -> None:
        data = document(Page(bar(10, 100, 3, 20)))
        assert check_printable(data) == ()
        assert check_printable(data, strict=True) == warnings(data)

    @pytest.mark.parametrize(
        "content",
        [
            text(x_mm=18),
            bar(18, 0, 1, 297),
            bar(0, 0, 210, 297, grey=1),
            f"{bar(0, 0, 10, 10)} {bar(0, 0, 10, 10, grey=1)}",
            "",
        ],
    )
    def test_that_is_white_on_paper_passes(self, content: str) -> None:
        assert warnings(document(Page(content))) == ()

    def test_is_that_of_the_page_as_it_is_turned(self) -> None:
        size = (A4[1], A4[0])
        at_the_bottom = bar(100, 2, 5, 5)
        assert len(warnings(document(Page(at_the_bottom, size, more="/Rotate 90")))) == 1
        assert warnings(document(Page(at_the_bottom, size, more="/Rotate 270"))) == ()


class TestAFont:
    @pytest.mark.parametrize("name", ["Calibri", "DejaVuSans", "New", "ABCDEF+Wingdings"])
    def test_that_is_not_in_the_document_is_named(self, name: str) -> None:
        found = check_printable(document(Page(fonts={"F1": unembedded(name)})))
        assert found == (f"page 1: the font {name} must be embedded",)

    def test_that_is_in_the_document_passes(self) -> None:
        font, objects = embedded("ABCDEF+Calibri")
        assert check_printable(document(Page(text("H"), fonts={"F1": font}), extra=objects)) == ()

    @pytest.mark.parametrize("name", [b"", b"/BaseFont /DejaVuSans"])
    def test_whose_letters_are_drawn_is_told(self, name: bytes) -> None:
        font, objects = drawn_letters()
        named = font.replace(b"/Subtype", name + b" /Subtype")
        (problem,) = check_printable(document(Page(text("H"), fonts={"F1": named}), extra=objects))
        assert problem.startswith("page 1: the Type 3 font ")

    @pytest.mark.parametrize(
        "name",
        [
            *("Times-Roman", "Times-BoldItalic", "TimesNewRoman", "TimesNewRomanPS-BoldMT"),
            *("TimesNewRomanPSMT", "Courier-BoldOblique", "CourierNew", "CourierNewPS-ItalicMT"),
            *("Arial", "ArialMT", "Arial-BoldMT", "Arial,Bold", "Arial-BoldItalicMT", "Helvetica"),
            *("Helvetica-Oblique", "Symbol", "SymbolMT", "ZapfDingbats", "ABCDEF+Arial"),
        ],
    )
    def test_that_every_printer_has_passes(self, name: str) -> None:
        assert warnings(document(Page(fonts={"F1": unembedded(name)}))) == ()

    @pytest.mark.parametrize("name", ["ArialNarrow", "HelveticaNeue-Light", "ArialUnicodeMS"])
    def test_that_the_printer_replaces_is_warned_of(self, name: str) -> None:
        (warning,) = warnings(document(Page(fonts={"F1": unembedded(name)})))
        assert "puts another in its place" in warning

    def test_that_no_text_uses_is_of_no_interest(self) -> None:
        fonts = {"F1": HELVETICA, "F2": unembedded("Calibri")}
        assert check_printable(document(Page(fonts=fonts))) == ()

    def test_deep_inside_forms_is_found(self) -> None:
        page = Page("", fonts={"F1": unembedded("Calibri")}, forms=(text(), "/X0 Do", "/X1 Do"))
        assert check_printable(document(page)) == ("page 1: the font Calibri must be embedded",)

    def test_with_an_ugly_name_is_told_on_one_short_line(self) -> None:
        ugly = unembedded("#0A#1B[31m" + "A" * 500)
        (problem,) = check_printable(document(Page(fonts={"F1": ugly})))
        assert problem.isprintable()
        assert len(problem) < 120


class TestWhatIsTold:
    def test_is_each_problem_once_with_the_pages_it_is_on(self) -> None:
        good, bad = Page(), Page(bar(5, 100, 3, 20))
        small = Page(size=(300, 300), fonts={"F1": unembedded("Calibri")})
        data = document(good, bad, bad, bad, good, bad, small, version="2.0")
        assert check_printable(data, strict=True) == (
            _VERSION,
            f"pages 2-4, 6: marks 5 mm from the left, 177 to 197 mm from the top; {_MARGIN}",
            "page 7: the size is 106 x 106 mm and must be A4 upright, 210 x 297 mm",
            "page 7: the font Calibri must be embedded",
        )

    def test_is_short_however_much_is_wrong(self) -> None:
        sizes = [Page(size=(100 + 10 * n, 300)) for n in range(40)]
        told = check_printable(document(*sizes))
        assert len(told) == 11
        assert told[-1] == "and more"

    def test_lists_only_the_first_pages_of_many(self) -> None:
        pages = [Page(text(x_mm=5)) if n % 2 else Page() for n in range(60)]
        (told,) = warnings(document(*pages))
        assert told.startswith("pages 2, 4, 6, 8, 10, 12, 14, 16 and others: marks ")


class TestTheNumberOfPages:
    @pytest.mark.parametrize(
        ("pages", "sheets", "envelope"),
        [(1, 1, "C5"), (12, 6, "C5"), (13, 7, "C4"), (198, 99, "C4"), (199, 100, "more than one")],
    )
    def test_means_an_envelope(self, pages: int, sheets: int, envelope: str) -> None:
        found = preflight(document(*[Page()] * pages))
        assert (found.pages, found.sheets, found.envelope) == (pages, sheets, envelope)

    def test_is_not_known_of_what_cannot_be_opened(self) -> None:
        found = preflight(b"Hei")
        assert (found.pages, found.sheets, found.envelope) == (None, None, None)


class TestWhereItIsRead:
    def test_from_a_path_and_from_a_stream_it_is_told_the_same(self, tmp_path: Path) -> None:
        data = document(Page(size=(300, 300)))
        path = tmp_path / "~brev på 1.pdf"
        path.write_bytes(data)
        stream = io.BytesIO(data)

        expected = check_printable(data)
        assert len(expected) == 1
        assert check_printable(path) == check_printable(str(path)) == expected
        assert check_printable(stream) == expected
        assert not stream.closed

    def test_a_relative_path_is_read_where_it_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "~x.pdf").write_bytes(document(Page()))
        monkeypatch.chdir(tmp_path)
        assert check_printable("~x.pdf") == ()

    def test_a_missing_file_is_an_oserror(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            check_printable(tmp_path / "borte.pdf")

    def test_a_stream_that_fails_halfway_raises_what_it_raised(self) -> None:
        class Failing(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                raise OSError(5, "Input/output error")

        with pytest.raises(OSError, match="Input/output"):
            check_printable(Failing(document(Page())))

    def test_files_are_closed_whatever_was_wrong(self, tmp_path: Path) -> None:
        path = tmp_path / "brev.pdf"
        before = _open_files()
        for data in (document(), document(Page()), b"Hei", document(Page(), encrypted=b"x")):
            path.write_bytes(data)
            check_printable(path)
        assert _open_files() == before


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.slow
def test_many_threads_may_check_at_once() -> None:
    good, bad = document(*[Page()] * 5), document(*[Page(size=(300, 300))] * 5)
    start = threading.Barrier(8)

    def check(number: int) -> int:
        start.wait()
        return sum(len(check_printable(bad if number % 2 else good)) for _ in range(10))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(check, range(8))) == [0, 10] * 4


def test_without_the_extra_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ConfigurationError, match="extra pdf"):
        check_printable(pdf())
