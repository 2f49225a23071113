from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from sdp.cli.sending import note_sent, sent_in


def test_a_letter_is_found_by_its_conversation_however_that_is_written(tmp_path: Path) -> None:
    conversation = uuid4()
    note_sent(tmp_path, conversation, "984661185")
    note_sent(tmp_path, str(conversation).upper(), "922020175")

    assert sent_in(tmp_path)(str(conversation)) == "922020175"
    assert sent_in(tmp_path)(str(conversation).upper()) == "922020175"


@pytest.mark.parametrize(
    "word", ["../secret", "", "secret", "6d0ec155-b4f7-43c3-908e-211d68c9cf09"]
)
def test_what_is_not_remembered_is_not_found_elsewhere(tmp_path: Path, word: str) -> None:
    (tmp_path / "secret").write_text("984661185")
    (tmp_path / "sent").mkdir()
    (tmp_path / "sent" / "secret").write_text("984661185")

    assert sent_in(tmp_path)(word) is None
