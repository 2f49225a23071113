"""Checks of an outbox: letters put, a worker killed on the way, receipts, and what is left."""

from __future__ import annotations

import pickle
import stat
import time
from datetime import timedelta
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

from sdp.domain import Brev, DigitalPost
from sdp.errors import InvalidInputError
from sdp.verify.check import Check, Outcome, Whom, failed, ok, skipped
from sdp.verify.checks.sending import TITLE, documents

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path
    from typing import Any

    from sdp.config import ClientConfig
    from sdp.domain import Kvittering, SendResultat
    from sdp.outbox import Outbox, Post
    from sdp.verify.context import Context

_LETTERS: Final = 4
_START_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.002
_OTHERS_READ: Final = stat.S_IRWXG | stat.S_IRWXO
_DEFECT: Final = "This is a defect of this library: please report it, with this line."


def _put(context: Context) -> Outcome:
    try:
        from sdp.outbox import Outbox
    except ImportError:
        return skipped(
            "The outbox is not installed.",
            "If you mean to use it: pip install 'sikker-digital-post[outbox]'",
        )
    if context.reachable is None:
        return skipped("None of the test persons has a digital mailbox.", "Name one who has.")
    person = context.reachable.mottaker.personidentifikator
    letter = Brev(
        avsender=context.avsender,
        digital_post=DigitalPost(ikke_sensitiv_tittel=TITLE),
        dokumentpakke=documents(),
        **context.queue,
    )
    letters = [(f"verify-{number}", person, letter) for number in range(_LETTERS)]
    with Outbox.open(_file(context)) as outbox:
        first, again = outbox.put_many(letters), outbox.put_many(letters)
        stored = outbox.status().total
    if (first.nye, again.nye, stored) != (_LETTERS, 0, _LETTERS):
        return failed(f"{stored} letters are stored in place of {_LETTERS}.", _DEFECT)
    if any(each.stat().st_mode & _OTHERS_READ for each in context.folder.glob("outbox*")):
        return failed(
            "Others on this machine may read the file of the outbox.",
            "Keep it on a file system that heeds the permissions of files.",
        )
    return ok(f"stored {_LETTERS} letters, put twice, in a file that only you may read")


def _killed(context: Context) -> Outcome:
    from sdp.outbox import Outbox, Tilstand

    config = context.own_queue
    try:
        pickle.dumps(config)
    except (InvalidInputError, TypeError, pickle.PicklingError):
        return skipped(
            "The configuration cannot be given to another process, since a password is in it.",
            "Name a password_file in its place.",
        )
    with Outbox.open(_file(context), config) as outbox:
        sent_before = _kill_a_worker(context, outbox, config)
        outbox.run(until_empty=True, wait=timedelta(seconds=context.wait_seconds))
        posts = list(outbox.letters())
        again = sum(len(outbox.show(post.nokkel).forsok) > 1 for post in posts)
    arrived = (Tilstand.SENDT, Tilstand.LEVERT)
    refused = [post for post in posts if post.tilstand not in arrived]
    if refused:
        return failed(
            f"{len(refused)} of {_LETTERS} letters were not accepted:"
            f" {refused[0].grunn or refused[0].tilstand.value}",
            "See what the reason says; a small letter by itself was accepted by check 601.",
            ask=Whom.OPERATOR,
        )
    return ok(
        f"a worker was killed when {sent_before} of {_LETTERS} letters were sent, and the next one"
        f" sent the rest, {again} of them for the second time with the same ids"
    )


def _kill_a_worker(context: Context, outbox: Outbox, config: ClientConfig) -> int:
    """Kill a worker when it has sent a letter; return how many it had sent."""
    spawn = get_context("spawn")
    is_sending, at_first_letter = spawn.Pipe(duplex=False)
    process = spawn.Process(
        target=work, args=(_file(context), config, at_first_letter), daemon=True
    )
    process.start()
    at_first_letter.close()
    ends = time.monotonic() + _START_SECONDS
    sent = 0
    try:
        with is_sending:
            is_sending.poll(_START_SECONDS)  # most of a second of imports, or the worker's end
        while not sent and process.is_alive() and time.monotonic() < ends:
            time.sleep(_LOOK_SECONDS)
            sent = sum(post.sendt is not None for post in outbox.letters())
    finally:
        process.kill()
        process.join()
    return sent


def work(path: Path, config: ClientConfig, at_first_letter: Connection) -> None:
    """Send the letters of an outbox one by one. Run in a process of its own, to be killed.

    It fetches no receipt: one that a killed process has fetched is hidden for five minutes.

    Args:
        path: the file of the outbox.
        config: whom the letters are from, and over what they go.
        at_first_letter: an end of a pipe, closed when the first letter is about to be sent.
    """
    from sdp.client import Client
    from sdp.outbox import Outbox, OutboxSettings
    from sdp.outbox.outbox import now_utc
    from sdp.outbox.sender import ClientSender

    class SendsAlone(ClientSender):
        def send(self, *arguments: Any, **options: Any) -> SendResultat:
            at_first_letter.close()
            return super().send(*arguments, **options)

        def receipts(self, *_: object) -> Generator[Sequence[Kvittering]]:
            yield from ()

    settings = OutboxSettings(threads=1, window=2)
    with Client(config) as client:
        sender = SendsAlone(config, client, now_utc)
        with Outbox.open(path, config, settings=settings, sender=sender) as outbox:
            outbox.run(until_empty=True)


def _delivered(context: Context) -> Outcome:
    from sdp.outbox import Outbox, Tilstand

    with Outbox.open(_file(context)) as outbox:
        posts = list(outbox.letters())
        leverings = [
            sum(each.slag == "levering" for each in outbox.receipts(post.nokkel)) for post in posts
        ]
        aside = outbox.kept_aside()
    late = [post for post in posts if post.tilstand is not Tilstand.LEVERT]
    if aside:
        return failed(f"One receipt was set aside: {aside[0].grunn}", "See check 801.")
    if any(count > 1 for count in leverings):
        return failed("A letter was delivered twice.", _DEFECT)
    if late:
        return failed(
            f"{len(late)} of {_LETTERS} letters are not delivered within"
            f" {context.wait_seconds:.0f} s: {_told(late)}",
            "Wait longer with --wait; if nothing comes, ask with the conversation ids.",
            ask=Whom.OPERATOR,
        )
    return ok(f"{_LETTERS} of {_LETTERS} letters delivered, each once, and every receipt stored")


def _told(posts: list[Post]) -> str:
    return ", ".join(f"{post.konversasjons_id} is {post.tilstand}" for post in posts)


def _purged(context: Context) -> Outcome:
    from sdp.outbox import Outbox

    person = context.people[0].encode()
    with Outbox.open(_file(context)) as outbox:
        gone = outbox.purge(timedelta(seconds=-1))
        receipts = len(list(outbox.receipts()))
    if any(person in each.read_bytes() for each in context.folder.glob("outbox*")):
        return failed("The number of the test person is still in the file.", _DEFECT)
    return ok(
        f"purged {gone.brev} letters and {gone.dokumenter} documents; nobody's number is in the"
        f" file any more, and {receipts} receipts are"
    )


def _file(context: Context) -> Path:
    return context.folder / "outbox.db"


CHECKS: Final = (
    Check(
        901,
        "an outbox",
        "Puts a few letters into an outbox in a temporary folder, twice.",
        Whom.SELF,
        _put,
        needs=(601,),
    ),
    Check(
        902,
        "a worker that is killed",
        "Sends them, and kills the process on the way; another one sends the rest.",
        Whom.MAKERS,
        _killed,
        needs=(901,),
    ),
    Check(
        903,
        "delivered once",
        "Holds the receipts in the outbox against its letters: each delivered, and once.",
        Whom.MAKERS,
        _delivered,
        needs=(902,),
    ),
    Check(
        904,
        "purging",
        "Deletes what is private in the outbox, and looks for it in the file.",
        Whom.MAKERS,
        _purged,
        needs=(903,),
    ),
)
