"""Evidence of letters: what receipts were verified with, and a dossier of all that is known."""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import ExitStack
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from sdp.dossier import Dossier, DossierReceipt, write_dossier
from sdp.outbox.tables import bevis, brev, kvittering, upsert
from sdp.outbox.views import history

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.config import ClientConfig
    from sdp.domain import Kvittering
    from sdp.outbox.database import Database
    from sdp.outbox.vault import Vault
    from sdp.outbox.views import Historikk

_REMEMBERED: Final = 32
"""The most grounds that are remembered as written: those of one day are few."""


def store_grounds(connection: Connection, batch: Sequence[Kvittering]) -> dict[str, str]:
    """Keep what receipts were verified with, each certificate and each answer once.

    Returns:
        For each receipt's meldings_id, the digest that its grounds are kept under; those without
        any are left out.
    """
    rows: dict[str, str] = {}
    found = {}
    for received in batch:
        grounds = tuple(received.sertifikater), tuple(received.tilbakekallingssvar)
        if any(grounds):
            found[received.meldings_id], kept = _kept(grounds)
            rows |= kept
    if rows:
        named = [{"digest": digest, "innhold": rows[digest]} for digest in sorted(rows)]
        connection.execute(upsert(connection.dialect.name, bevis).on_conflict_do_nothing(), named)
    return found


def dossier(connection: Connection, nokkel: str, vault: Vault) -> Dossier:
    """Gather everything that is known of a letter.

    Raises:
        OutboxError: there is none with that key.
        UnreadableLetterError: its evidence was changed, in an outbox that is encrypted.
        OutboxKeyError: its key is not at hand.
    """
    known = history(connection, nokkel)
    row = connection.execute(
        sa.select(
            *(brev.c.dokumenter, brev.c.nokkel, brev.c.konversasjons_id, brev.c.nokkel_id),
            *(brev.c.opprettet, brev.c.utgave),
        ).where(brev.c.nokkel == nokkel)
    ).one()
    written = vault.text("dokumenter", row)
    documents = [{"bytes": size, "sha256": digest} for size, digest in json.loads(written or "[]")]
    return Dossier(_facts(known, documents), _receipts(connection, known))


def signed_dossier(
    database: Database, nokkel: str, config: ClientConfig | None, moment: datetime
) -> bytes:
    """Write the dossier of a letter, signed by the sender where a configuration names who that is.

    Raises:
        OutboxError: as for `dossier`.
        IdentityError: the sender's key cannot be used.
        ConfigurationError: the trust store of the configuration cannot be read.
    """
    with database.read() as connection:
        content = dossier(connection, nokkel, database.vault)
    trust = None if config is None else config.load_trust()
    if config is None or config.identity is None or trust is None:
        return write_dossier(content, moment=moment)
    with ExitStack() as opened:
        identity = config.load_identity(moment)
        if hasattr(identity, "close"):
            opened.callback(identity.close)
        signer = identity.with_chain_from(trust, moment=moment)
        return write_dossier(content, moment=moment, signer=signer, trust=trust)


def _facts(known: Historikk, documents: list[dict[str, Any]]) -> dict[str, Any]:
    post = known.post
    names = [name for name in type(post).__slots__ if not name.startswith("_")]
    return {
        **{name: getattr(post, name) for name in names},
        "tilstand": post.tilstand.value,
        "dokumenter": documents,
        "hendelser": [
            {
                "tid": line.tid,
                "fra": line.fra and line.fra.value,
                "til": line.til and line.til.value,
                "aarsak": line.aarsak,
                "detalj": line.detalj,
            }
            for line in known.hendelser
        ],
        "forsok": [dict(attempt) for attempt in known.forsok],
    }


def _receipts(connection: Connection, known: Historikk) -> tuple[DossierReceipt, ...]:
    ids = [each.meldings_id for each in known.kvitteringer]
    query = sa.select(kvittering.c.meldings_id, kvittering.c.bevis).where(
        kvittering.c.meldings_id.in_(ids)
    )
    grounds: dict[str, str | None] = dict(connection.execute(query).all())
    return tuple(
        DossierReceipt(
            *(each.meldings_id, each.slag, each.tidspunkt, each.avsender, each.mottatt),
            *(each.bekreftet, each.raw),
            *_grounds(connection, grounds.get(each.meldings_id)),
        )
        for each in known.kvitteringer
    )


def _grounds(
    connection: Connection, digest: str | None
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    if digest is None:
        return (), ()
    (listed,) = _values(connection, [digest])
    named = json.loads(listed)
    certificates, answers = (
        tuple(base64.b64decode(each) for each in _values(connection, named[kind]))
        for kind in ("sertifikater", "svar")
    )
    return certificates, answers


def _values(connection: Connection, digests: Sequence[str]) -> list[str]:
    query = sa.select(bevis.c.digest, bevis.c.innhold).where(bevis.c.digest.in_(digests))
    found: dict[str, str] = dict(connection.execute(query).all())
    return [found[digest] for digest in digests]


@lru_cache(_REMEMBERED)
def _kept(grounds: tuple[tuple[bytes, ...], ...]) -> tuple[str, Mapping[str, str]]:
    """Write grounds; return the digest that they are kept under, and all rows by their digests."""
    rows: dict[str, str] = {}
    named = {
        kind: [_row(base64.b64encode(each).decode(), rows) for each in parts]
        for kind, parts in zip(("sertifikater", "svar"), grounds, strict=True)
    }
    return _row(json.dumps(named), rows), MappingProxyType(rows)


def _row(text: str, rows: dict[str, str]) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    rows[digest] = text
    return digest
