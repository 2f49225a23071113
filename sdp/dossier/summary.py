"""Summary of a dossier in words, as text and as a page that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

_ROWS: Final = (
    ("Key", "nokkel"),
    ("Campaign", "kampanje"),
    ("State", "tilstand"),
    ("Conversation", "konversasjons_id"),
    ("Message", "meldings_id"),
    ("Put", "opprettet"),
    ("Contact register asked", "oppslag"),
    ("Route", "rute"),
    ("Ground of the route", "rutegrunn"),
    ("Rule", "regel"),
    ("Sent to organisation", "mottaker"),
    ("Notices ordered", "varsler"),
    ("Accepted", "sendt"),
    ("Transport's id", "transport_id"),
    ("SHA-256 of the encrypted package", "fingeravtrykk"),
    ("Delivered", "levert"),
    ("Opened", "aapnet"),
    ("Ended", "avsluttet"),
    ("Reason", "grunn"),
)

_SAYS: Final = {
    "mottak": "the printer had accepted the letter",
    "levering": "the letter was in the mailbox, or handed to the post",
    "aapning": "the letter was opened in the mailbox",
    "varslingfeilet": "a notice could not be sent",
    "returpost": "the letter came back by post",
    "feil": "the letter had failed",
}

PROVED: Final = (
    (
        "Each signed receipt proves that the organisation in its certificate said so of this"
        " conversation. Nobody else could have made it."
    ),
    (
        "The certificates and the revocation answers prove that the signature was good when the"
        " receipt came."
    ),
    "The fingerprints prove, of a document at hand, whether it is the one that was sent.",
)
NOT_PROVED: Final = (
    "The times of the receipts are what their signers say. No independent clock has stamped them.",
    (
        "The route, its rule, the time of the register's answer and the history are this sender's"
        " own records. The signature on the manifest, where there is one, shows who made them."
    ),
    "The person is not named here. Your case system ties the key to a person.",
    "A levering proves that the letter was there to be read, and not that it was read.",
    "No receipt names the fingerprint of the package: that it was this one is the sender's record.",
)


def what_it_says(slag: str) -> str:
    """Say in a clause what a receipt of a kind states."""
    return _SAYS.get(slag, "something that this version does not know")


def as_text(facts: Mapping[str, Any], moment: datetime) -> str:
    """Write the summary as plain text."""
    lines = [f"Letter {facts['nokkel']}", "", f"Dossier made {moment.isoformat()}", ""]
    lines += [f"{name}: {value}" for name, value in _facts(facts)]
    for title, items in _sections(facts):
        lines += ["", title, *(f"- {item}" for item in items)]
    return "\n".join(lines) + "\n"


def as_html(facts: Mapping[str, Any], moment: datetime) -> str:
    """Write the summary as a page without scripts and without anything from elsewhere."""
    rows = "\n".join(
        f"<tr><th scope=row>{escape(name)}<td>{escape(str(value))}" for name, value in _facts(facts)
    )
    sections = "\n".join(
        f"<h2>{escape(title)}</h2>\n<ul>\n"
        + "\n".join(f"<li>{escape(item)}" for item in items)
        + "\n</ul>"
        for title, items in _sections(facts)
    )
    return (
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
        "<meta name=viewport content='width=device-width'>\n"
        f"<title>Letter {escape(str(facts['nokkel']))}</title>\n<style>{_STYLE}</style>\n"
        f"<h1>Letter {escape(str(facts['nokkel']))}</h1>\n"
        f"<p>Dossier made {escape(moment.isoformat())}</p>\n<table>\n{rows}\n</table>\n{sections}\n"
    )


_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 sans-serif;margin:2rem auto;max-width:60rem;"
    "padding:0 1rem;overflow-wrap:anywhere}"
    "th{text-align:left;vertical-align:top;padding-right:1rem}"
)


def _facts(facts: Mapping[str, Any]) -> Iterable[tuple[str, object]]:
    for name, key in _ROWS:
        if facts.get(key) is not None:
            yield name, _shown(facts[key])


def _sections(facts: Mapping[str, Any]) -> Iterable[tuple[str, list[str]]]:
    documents = facts.get("dokumenter") or []
    yield (
        "Documents, the main one first",
        [f"{each['bytes']} bytes, SHA-256 {each['sha256']}" for each in documents],
    )
    yield "Signed receipts", [_receipt(each) for each in facts["kvitteringer"]]
    yield "History", [_event(each) for each in facts.get("hendelser", [])]
    yield "What this proves", list(PROVED)
    yield "What this does not prove", list(NOT_PROVED)


def _receipt(told: Mapping[str, Any]) -> str:
    return (
        f"{told['slag']}: organisation {told['avsender']} says that {what_it_says(told['slag'])},"
        f" {_shown(told['tidspunkt'])}. It came {_shown(told['mottatt'])}. {told['fil']}"
    )


def _event(line: Mapping[str, Any]) -> str:
    move = " to ".join(str(line[name]) for name in ("fra", "til") if line.get(name))
    detail = f" ({line['detalj']})" if line.get("detalj") else ""
    return f"{_shown(line['tid'])}: {move} {line['aarsak']}{detail}".replace("  ", " ")


def _shown(value: object) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
