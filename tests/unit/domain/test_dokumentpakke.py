from __future__ import annotations

import pytest
from hypothesis import given, settings

from sdp import domain
from sdp.errors import InvalidInputError
from tests.strategies import dokumentpakker


def document(name: str, metadata: domain.Metadata | None = None) -> domain.Dokument:
    return domain.Dokument.from_bytes(b"x", filnavn=name, metadata=metadata)


def test_two_hundred_attachments_are_accepted(brev: domain.Dokument) -> None:
    attachments = tuple(document(f"vedlegg{n}.pdf") for n in range(200))
    assert len(domain.Dokumentpakke(hoveddokument=brev, vedlegg=attachments).dokumenter) == 201


def test_two_hundred_and_one_attachments_are_refused(brev: domain.Dokument) -> None:
    attachments = tuple(document(f"vedlegg{n}.pdf") for n in range(201))
    with pytest.raises(InvalidInputError, match="vedlegg: must hold 0 to 200 items; it holds 201"):
        domain.Dokumentpakke(hoveddokument=brev, vedlegg=attachments)


def test_a_list_of_attachments_is_kept_as_a_tuple(brev: domain.Dokument) -> None:
    attachments = [document("a.pdf")]
    pakke = domain.Dokumentpakke(hoveddokument=brev, vedlegg=attachments)  # type: ignore[arg-type]
    attachments.clear()
    assert pakke.vedlegg == (document("a.pdf"),)


@pytest.mark.parametrize(
    ("one", "other"),
    [("brev.pdf", "brev.pdf"), ("brev.pdf", "BREV.pdf"), ("å.pdf", "a\u030a.pdf")],
)
def test_names_alike_are_refused_and_both_places_named(one: str, other: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        domain.Dokumentpakke(
            hoveddokument=document(one), vedlegg=(document("ok.pdf"), document(other))
        )
    (problem,) = caught.value.problems
    assert problem.field == "vedlegg[1].filnavn"
    assert problem.rule.endswith("is the same file name as hoveddokument.filnavn")


def test_every_pair_of_names_alike_is_listed() -> None:
    with pytest.raises(InvalidInputError) as caught:
        domain.Dokumentpakke(
            hoveddokument=document("a.pdf"),
            vedlegg=tuple(document(name) for name in ("b.pdf", "A.pdf", "B.pdf")),
        )
    assert [problem.field for problem in caught.value.problems] == [
        "vedlegg[1].filnavn",
        "vedlegg[2].filnavn",
    ]


def test_metadata_may_not_take_the_name_of_a_document(brev: domain.Dokument) -> None:
    link = domain.Lenke(url="https://a.no", filnavn="Brev.PDF")
    with pytest.raises(InvalidInputError, match=r"vedlegg\[0\]\.metadata\.filnavn: Brev\.PDF"):
        domain.Dokumentpakke(hoveddokument=brev, vedlegg=(document("a.pdf", link),))


def test_documents_alike_but_for_their_endings_can_each_have_metadata() -> None:
    link = domain.Lenke(url="https://a.no")
    pakke = domain.Dokumentpakke(
        hoveddokument=document("brev.pdf", link), vedlegg=(document("brev.txt", link),)
    )
    assert [file.filnavn for file in pakke.files()] == [
        "brev.pdf",
        "brev.txt",
        "brev.pdf.lenke.xml",
        "brev.txt.lenke.xml",
    ]


def test_metadata_comes_after_the_documents_with_its_kind_and_bytes() -> None:
    link = domain.Lenke(url="https://a.no")
    pakke = domain.Dokumentpakke(
        hoveddokument=document("brev.pdf", link), vedlegg=(document("kart.png"),)
    )
    *_, last = pakke.files()
    assert last.mime_type == "application/vnd.difi.dpi.lenke+xml"
    assert last.kilde.open().read() == link.to_xml()


@settings(max_examples=25, deadline=None)
@given(dokumentpakker())
def test_no_package_holds_two_files_alike_in_name_or_a_name_out_of_bounds(
    pakke: domain.Dokumentpakke,
) -> None:
    names = [file.filnavn for file in pakke.files()]
    assert len({domain.collision_key(name) for name in names}) == len(names)
    assert all(4 <= len(name) <= 100 for name in names)
    assert all(domain.check_filnavn(name) for name in names)
