from __future__ import annotations

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.gate import canonical_uuid, is_uuid, new_uuid, opaque_id

_ID = "6d0ec155-b4f7-43c3-908e-211d68c9cf09"


@given(st.uuids())
def test_a_uuid_has_one_form_however_its_case(value: UUID) -> None:
    assert canonical_uuid(value) == str(value)
    assert canonical_uuid(str(value).upper()) == str(value)


@pytest.mark.parametrize(
    "written",
    [
        f"urn:uuid:{_ID}",
        f"{{{_ID}}}",
        _ID.replace("-", ""),
        "\uff16" + _ID[1:],  # a fullwidth 6
        "\u0666" + _ID[1:],  # an Arabic 6
        _ID.replace("-", "\u2010"),  # a hyphen that is not the ASCII one
        f"{_ID}\n",
        f" {_ID}",
        f"{_ID}\x00",
        f"{_ID[:8]}-{_ID}",
        _ID[:-1],
        "",
    ],
)
def test_any_other_form_of_a_uuid_is_refused(written: str) -> None:
    assert not is_uuid(written)
    with pytest.raises(ValueError, match="UUID in its plain form"):
        canonical_uuid(written)


@given(st.text())
def test_a_text_that_passes_is_the_uuid_it_looks_like(written: str) -> None:
    try:
        read = canonical_uuid(written)
    except ValueError:
        return
    assert read == str(UUID(written)) == written.lower()


@pytest.mark.parametrize("written", ["id-1", "<a@b.example>", "æ ø å", "x" * 255])
def test_an_opaque_id_is_kept_as_it_stands(written: str) -> None:
    assert opaque_id(written) == written


@pytest.mark.parametrize(
    "written",
    ["", "  ", "x" * 256, "a\nb", "a\x00", "a\x85b", "a\x1b[2J", "a\u202eb", "a\u2028b", "a\ud800"],
)
def test_an_opaque_id_is_bounded_text_of_one_line(written: str) -> None:
    with pytest.raises(ValueError, match="must"):
        opaque_id(written)


def test_a_new_uuid_is_random_by_its_own_word_and_in_canonical_form() -> None:
    made = {new_uuid() for _ in range(200)}
    assert len(made) == 200
    for written in made:
        read = UUID(written)
        assert (read.version, read.variant) == (4, RFC_4122)
        assert written == canonical_uuid(written) == str(read)
