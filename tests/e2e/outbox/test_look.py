"""A look at an outbox from outside changes nothing in it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from sdp import Outbox, OutboxSettings
from sdp.errors import ConfigurationError, OutboxError, OutboxSchemaError
from sdp.outbox.look import Look
from sdp.outbox.tables import brev
from tests.unit.outbox.world import letter, person


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_it_sees_key_campaign_state_and_conversation_and_cannot_write(
    kind: str, new_address: Callable[[str], str]
) -> None:
    address = new_address(kind)
    with Outbox.open(address) as outbox:
        first = outbox.put("a", person(1), letter(), kampanje="jul")
        outbox.put("b", person(1), letter())
        look = Look(address)
        seen = [(each.nokkel, each.kampanje, each.tilstand) for each in look.letters()]
        assert seen == [("a", "jul", "klar"), ("b", None, "klar")]
        assert look.letters()[0].konversasjons_id == first.konversasjons_id
        with pytest.raises(OutboxError), look._database.write() as connection:
            connection.execute(sa.delete(brev))


def test_an_encrypted_outbox_is_seen_without_its_key(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("11" * 32)
    settings = OutboxSettings(key=f"file:{key}")
    with Outbox.open(tmp_path / "post.db", settings=settings) as outbox:
        outbox.put("a", person(1), letter())
    assert [each.nokkel for each in Look(tmp_path / "post.db").letters()] == ["a"]


def test_what_is_no_outbox_is_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "brev.pdf"
    file.write_bytes(b"%PDF-1.7 this is none" * 100)
    file.chmod(0o644)
    with pytest.raises(OutboxError, match="another kind of file"):
        Look(file).letters()
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    empty = tmp_path / "empty.db"
    empty.touch()
    with pytest.raises(OutboxSchemaError, match="no outbox yet"):
        Look(empty).letters()
    with pytest.raises(OutboxError, match="not there yet"):
        Look(tmp_path / "none" / "post.db").letters()
    assert {each.name for each in tmp_path.iterdir()} == {"brev.pdf", "empty.db"}
    with pytest.raises(ConfigurationError, match="in a file or in PostgreSQL"):
        Look("mysql://localhost/post")
