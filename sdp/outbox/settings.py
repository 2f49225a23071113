"""The settings of an outbox, each with its default."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sdp.errors import InvalidInputError, Problem
from sdp.outbox.retention import KEPT_FOR
from sdp.outbox.slowness import SlowRule


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxSettings:
    """Settings of an outbox. The defaults suit most.

    Attributes:
        block: the most letters that are looked up together, 1 to 1000; None takes 1000 on SQLite
            and 500 on PostgreSQL.
        threads: how many letters a worker packs and sends at once.
        window: how many letters a worker marks at a time. After a crash, so many are sent again
            with the same ids at most.
        lease: how long a worker that is silent keeps its letters.
        untaken: how long a block may wait for a worker before it is handed out anew.
        first_wait: the wait before a letter is tried again the first time; it doubles from there.
        longest_wait: no wait is longer.
        digital_deadline: how soon a digital letter must have its levering.
        print_deadline: how soon a print letter must.
        slow: what is slower than a provider usually is.
        kept_for: how long person and documents are kept after the final state.
        documents_outside: whether documents that are files stay where they are. They are then
            known by path and digest, and a letter whose file has changed is refused.
        key: where the key comes from that person, letter and documents are encrypted with:
            `file:PATH`, `env:NAME` or `command:PROGRAM ARGUMENTS`. One key a line, 32 bytes in
            hexadecimal or Base64; the one to encrypt with first. None encrypts nothing. Documents
            that stay outside are not encrypted.

    Raises:
        InvalidInputError: a number or a time is not positive, or a block is too large.
    """

    block: int | None = None
    threads: int = 8
    window: int = 96
    lease: timedelta = timedelta(seconds=60)
    untaken: timedelta = timedelta(minutes=2)
    first_wait: timedelta = timedelta(seconds=5)
    longest_wait: timedelta = timedelta(minutes=30)
    digital_deadline: timedelta = timedelta(days=2)
    print_deadline: timedelta = timedelta(days=7)
    slow: SlowRule = field(default_factory=SlowRule)
    kept_for: timedelta = KEPT_FOR
    documents_outside: bool = False
    key: str | None = None

    def __post_init__(self) -> None:
        """Check every setting."""
        problems = [
            Problem(name, "must be more than zero")
            for name in ("threads", "window", "lease", "untaken", "first_wait", "longest_wait")
            if not getattr(self, name) > type(getattr(self, name))()
        ]
        if self.block is not None and not 1 <= self.block <= 1000:
            problems.append(Problem("block", "must be 1 to 1000"))
        if problems:
            raise InvalidInputError("OutboxSettings", problems)
