"""The letters that were sent, for `sdp plan follow`: from an outbox, or a CSV file and receipts."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sdp.cli._errors import CommandError
from sdp.cli.parameters import FILE
from sdp.errors import ConfigurationError, SdpError
from sdp.gate.files import read_file
from sdp.plan.follow import Sent, read_letters
from sdp.xmlsec import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from sdp.plan import Plan, Texts


_NAME: Final = re.compile(
    r"\d{8}T\d{6}Z-(?P<kind>mottak|levering|aapning|varslingfeilet|returpost|feil)-"
    r"[0-9a-f]{16}\.(?P<suffix>xml|jwt)"
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CONVERSATION: Final = "conversationid"
_LARGEST: Final = 4 * 1024 * 1024


def receipts_in(folder: Path) -> tuple[Mapping[str, frozenset[str]], int]:
    """Read the kinds of receipt, by the konversasjons_id of the letter.

    Receipts were verified when they were stored; they are counted here, not verified again.

    Returns:
        The kinds, and how many files could not be read.
    """
    found: dict[str, set[str]] = {}
    unread = 0
    for path in sorted(folder.iterdir()):
        named = _NAME.fullmatch(path.name)
        if named is None:
            continue
        konversasjons_id = _conversation(path, named["suffix"])
        if konversasjons_id is None:
            unread += 1
        else:
            found.setdefault(konversasjons_id, set()).add(named["kind"])
    return {id_: frozenset(kinds) for id_, kinds in found.items()}, unread


def _conversation(path: Path, suffix: str) -> str | None:
    try:
        data = read_file(path, _LARGEST)
        ids = list(_in_xml(data) if suffix == "xml" else _in_jwt(data))
    except (OSError, SdpError, ValueError, RecursionError):
        return None
    valid = {id_.casefold() for id_ in ids if _UUID.fullmatch(id_)}
    return valid.pop() if len(valid) == 1 else None


def _in_xml(data: bytes) -> Iterator[str]:
    for scope in parse(data).iter("{*}Scope"):
        kind, value = scope.findtext("{*}Type"), scope.findtext("{*}InstanceIdentifier")
        if kind and value and kind.casefold() == _CONVERSATION:
            yield value.strip()


def _in_jwt(data: bytes) -> Iterator[str]:
    _, _, rest = data.partition(b".")
    payload, _, _ = rest.partition(b".")
    told = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    yield from _scopes(told)


def _scopes(told: object) -> Iterator[str]:
    """Find the conversation of a business message, wherever its scopes lie."""
    if isinstance(told, list):
        for each in told:
            yield from _scopes(each)
    elif isinstance(told, dict):
        if str(told.get("type", "")).casefold() == _CONVERSATION:
            yield str(told.get("instanceIdentifier", ""))
        for each in told.values():
            yield from _scopes(each)


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_BETWEEN = "-_/:. "


@dataclass(frozen=True, slots=True)
class SentLetters:
    """Letters that were sent, the kinds of receipt by konversasjons_id, and what was left out."""

    letters: list[Sent]
    receipts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def sent_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where the letters that were sent are found."""
    for option in (
        click.option(
            "--outbox",
            metavar="URL",
            help="Outbox with the letters; a campaign is named after its service: avgift-2027-1.",
        ),
        click.option("--receipts", type=_FOLDER, help="Folder of sdp receipts --store."),
        click.option(
            "--letters",
            type=FILE,
            help="CSV of letters: tjeneste, konversasjons_id, sendt, vei (digital, print), bytes.",
        ),
    ):
        command = option(command)
    return command


def sent_letters(
    plan: Plan, texts: Texts, *, letters: Path | None, receipts: Path | None, outbox: str | None
) -> SentLetters | None:
    """Read what was sent; None if nothing says where it is found.

    Raises:
        CommandError: both an outbox and a CSV file were given, or receipts alone.
        PlanError: the CSV file breaks a rule.
        OutboxError: the outbox cannot be read.
    """
    if outbox is not None and (letters or receipts):
        raise CommandError(
            "Letters are in an outbox or in a CSV file, not in both.",
            remedy="Give --outbox alone, or --letters with --receipts.",
        )
    if outbox is not None:
        return _in_outbox(outbox, plan)
    if letters is None:
        if receipts is not None:
            raise CommandError("Receipts need their letters.", remedy="Give --letters as well.")
        return None
    kinds, unread = receipts_in(receipts) if receipts else ({}, 0)
    notes = (f"Receipts that could not be read and are not counted: {unread}.",) if unread else ()
    return SentLetters(read_letters(letters, plan, texts), kinds, notes)


def _in_outbox(address: str, plan: Plan) -> SentLetters:
    if "://" not in address and not Path(address).is_file():
        raise CommandError(
            "There is no outbox at that path.", remedy="Give the file or the address of an outbox."
        )
    try:
        library = import_module("sdp.outbox")
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"The outbox needs {error.name}, which is not installed.",
            remedy="Install: pip install 'sikker-digital-post[cli,outbox,plan]'",
        ) from None
    ids = [each.id for each in plan.tjenester]
    found, others = list[Sent](), 0
    outbox = library.Outbox.open(address)
    try:
        for post in outbox.letters():
            if post.sendt is None or post.rute not in {"digital", "print"}:
                continue
            tjeneste = service_of(post.kampanje or "", ids)
            if tjeneste is None:
                others += 1
                continue
            day = post.sendt.astimezone().date()
            digital, size = post.rute == "digital", post.betalbare_bytes
            found.append(Sent(tjeneste, post.konversasjons_id.casefold(), day, digital, size))
        kinds: dict[str, set[str]] = {}
        for receipt in outbox.receipts():
            kinds.setdefault(receipt.konversasjons_id.casefold(), set()).add(receipt.slag)
    finally:
        outbox.close()
    notes = (f"Letters of no campaign that is named after a service: {others}.",) if others else ()
    return SentLetters(found, {id_: frozenset(some) for id_, some in kinds.items()}, notes)


def service_of(campaign: str, ids: Iterable[str]) -> str | None:
    """Return the service that a campaign is named after: its id, or its id and more after it.

    `avgift` and `avgift-2027-1` belong to the service `avgift`, and `avgiften` does not.
    """
    fitting = [
        id_
        for id_ in ids
        if campaign == id_ or (campaign.startswith(id_) and campaign[len(id_)] in _BETWEEN)
    ]
    return max(fitting, key=len, default=None)
