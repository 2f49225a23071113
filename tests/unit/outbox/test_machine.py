"""Store, windows, crashes and receipts under a fake clock, held against a model.

The model is what a person would say: a letter that was put is taken in by the receiving side once
at most, is never given up in silence, and is delivered as soon as a receipt says so.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Generator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from sdp.domain import (
    Feil,
    Kvittering,
    Leveringskvittering,
    Mottakskvittering,
    Returpostkvittering,
)
from sdp.errors import OutboxError
from sdp.outbox import Tilstand
from sdp.outbox.sender import Mottakerko
from sdp.outbox.states import FINAL, Aarsak
from sdp.outbox.states import check as allowed
from sdp.wire import SetAside
from tests.examples import examples
from tests.unit.outbox.rig import LEASE, Rig
from tests.unit.outbox.world import Clock, Gone, World, letter, person, receipt

CAMPAIGNS = (None, "a", "b")
FAULTS = ("", "", "", "lost", "lost before", "not sent", "503", "429", "refused", "defect", "gone")
KINDS = (Leveringskvittering, Mottakskvittering, Returpostkvittering, Feil)
RETRIED = (Tilstand.AVVIST, Tilstand.FEILET, Tilstand.UAVKLART)
PEOPLE = tuple(person(number).encode() for number in range(10))
BREV = letter()


class WorldOfMortals(World):
    """A world in which the reader of receipts can die when they are stored and not confirmed."""

    reader_dies = False

    def receipts(
        self, ko: Mottakerko, on_set_aside: Callable[[SetAside], None]
    ) -> Generator[Sequence[Kvittering]]:
        for batch in super().receipts(ko, on_set_aside):
            yield batch
            if self.reader_dies:
                self.reader_dies = False
                raise Gone


class OutboxMachine(RuleBasedStateMachine):
    """Everything that can happen to an outbox, in any order."""

    @initialize(encrypted=st.booleans())
    def open(self, encrypted: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        (folder / "key").write_text("11" * 32)
        key = f"file:{folder / 'key'}" if encrypted else None
        self.encrypted = encrypted
        self.clock = Clock()
        self.world = WorldOfMortals(self.clock)
        self.rig = Rig(folder / "db" / "post.db", self.world, self.clock, window=3, key=key)
        self.put_keys: dict[str, str] = {}
        self.given_up: set[str] = set()
        self.said: dict[str, set[type]] = {}

    @rule(number=st.integers(0, 9), campaign=st.sampled_from(CAMPAIGNS))
    def put(self, number: int, campaign: str | None) -> None:
        key = f"sak-{number}"
        post = self.rig.outbox.put(key, person(number), BREV, kampanje=campaign)
        assert self.put_keys.setdefault(key, post.konversasjons_id) == post.konversasjons_id

    @rule(faults=st.lists(st.sampled_from(FAULTS), max_size=6))
    def work(self, faults: list[str]) -> None:
        self.world.faults = faults
        try:
            self.rig.work()
        except Gone:
            self.rig = self.rig.after_death()

    @rule(faults=st.lists(st.sampled_from(FAULTS[:6]), max_size=3))
    def be_stopped_past_the_lease_while_another_works(self, faults: list[str]) -> None:
        self.world.faults = [*faults, "gone"]
        stopped = self.rig
        with contextlib.suppress(Gone):  # its lock is still held
            stopped.work()
        self.world.faults = []
        self.clock.forward(LEASE + timedelta(seconds=1))
        self.rig = stopped.another()
        self.rig.work()
        stopped.die()

    @rule(seconds=st.sampled_from([1, 15, 60, 3600, 90_000, 32 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(timedelta(seconds=seconds))

    @rule(
        came=st.lists(st.tuples(st.integers(0, 9), st.sampled_from(KINDS)), min_size=1, max_size=4),
        twice=st.booleans(),
        reader_dies=st.booleans(),
    )
    @precondition(lambda self: self.put_keys)
    def receipts_come(self, came: list[tuple[int, type]], twice: bool, reader_dies: bool) -> None:
        for pick, kind in came:
            key = self._key(pick)
            self.world.waiting += [receipt(kind, self.put_keys[key])] * (2 if twice else 1)
            self.said.setdefault(key, set()).add(kind)
        self.world.reader_dies = reader_dies
        while self.world.waiting:
            try:
                self.rig.poll()
            except Gone:
                self.rig = self.rig.after_death()

    @rule(name=st.sampled_from(["a", "b"]))
    def pause_and_resume(self, name: str) -> None:
        try:
            self.rig.outbox.pause(name)
            before = len(self.world.taken)
            self.world.faults = []
            self.rig.work()
            ids = {post.meldings_id for post in self.rig.outbox.letters(kampanje=name)}
            assert not ids & set(self.world.taken[before:])
            self.rig.outbox.resume(name)
        except OutboxError:
            pass  # there is no such campaign yet

    @rule(pick=st.integers(0, 9))
    @precondition(lambda self: self.put_keys)
    def cancel(self, pick: int) -> None:
        key = self._key(pick)
        try:
            self.rig.outbox.cancel(key)
        except OutboxError:
            assert self.rig.state(key) is not Tilstand.KLAR

    @rule(pick=st.integers(0, 9))
    @precondition(lambda self: self.put_keys)
    def retry(self, pick: int) -> None:
        key = self._key(pick)
        before = self.rig.outbox.post(key)
        try:
            after = self.rig.outbox.retry(key)
        except OutboxError as error:
            assert before.tilstand not in RETRIED or "purged" in error.message  # noqa: PT017
            return
        assert before.tilstand in RETRIED
        if before.tilstand is Tilstand.FEILET:  # a new message, of which no receipt has spoken
            assert after.meldings_id != before.meldings_id
            self.said.pop(key, None)
            self.given_up.discard(key)
        else:
            assert after.meldings_id == before.meldings_id
        assert after.konversasjons_id == before.konversasjons_id

    @rule(pick=st.integers(0, 9))
    @precondition(lambda self: self.put_keys)
    def give_up(self, pick: int) -> None:
        key = self._key(pick)
        before = self.rig.state(key)
        try:
            self.rig.outbox.give_up(key)
        except OutboxError:
            assert before not in (Tilstand.UKJENT, Tilstand.UAVKLART)
        else:
            self.given_up.add(key)

    @rule(at_once=st.booleans())
    def purge(self, at_once: bool) -> None:
        self.rig.outbox.purge(timedelta(seconds=-1) if at_once else None)
        if not at_once:
            return
        content = self._content()
        for post in self.rig.outbox.letters():
            if post.tilstand in FINAL:
                assert person(int(post.nokkel.removeprefix("sak-"))).encode() not in content

    def _key(self, pick: int) -> str:
        keys = sorted(self.put_keys)
        return keys[pick % len(keys)]

    def _content(self) -> bytes:
        """Return every byte of the file and its write-ahead log."""
        return b"".join(each.read_bytes() for each in Path(self.rig.path).parent.iterdir())

    @invariant()
    def nothing_is_doubled(self) -> None:
        assert len(self.world.taken) == len(set(self.world.taken))

    @invariant()
    def every_letter_is_where_the_model_says(self) -> None:
        posts = {post.nokkel: post for post in self.rig.outbox.letters()}
        assert set(posts) == set(self.put_keys), "lost"
        taken = set(self.world.taken)
        for key, post in posts.items():
            said = self.said.get(key, set())
            if said:
                assert post.tilstand is _by_receipts(said), key
                continue
            assert post.tilstand not in (Tilstand.LEVERT, Tilstand.RETUR)
            assert (post.tilstand is Tilstand.FEILET) is (key in self.given_up)
            if key in self.given_up:
                continue
            if post.tilstand is Tilstand.SENDT:
                assert post.meldings_id in taken
            if post.tilstand in (Tilstand.KLAR, Tilstand.AVVIST, Tilstand.AVBRUTT):
                assert post.meldings_id not in taken
            if post.meldings_id in taken:
                settled = (Tilstand.SENDT, Tilstand.SENDES, Tilstand.UKJENT, Tilstand.UAVKLART)
                assert post.tilstand in settled

    @invariant()
    def every_receipt_that_was_confirmed_is_stored(self) -> None:
        stored = {each.meldings_id for each in self.rig.outbox.receipts()}
        assert set(self.world.confirmed) <= stored

    @invariant()
    def no_person_is_readable_in_an_encrypted_outbox(self) -> None:
        if self.encrypted:
            content = self._content()
            assert not [each for each in PEOPLE if each in content]

    @invariant()
    def every_transition_is_one_of_the_table_and_the_next_begins_where_it_ended(self) -> None:
        for key in self.put_keys:
            state = None
            for line in self.rig.outbox.show(key).hendelser:
                if line.aarsak == Aarsak.SLETTET.value:
                    continue
                assert line.fra is state
                if line.fra is not None and line.til is not None:
                    allowed(line.fra, line.til, Aarsak(line.aarsak))
                state = line.til
            assert state is self.rig.state(key)

    def teardown(self) -> None:
        if not hasattr(self, "rig"):
            return
        self._all_is_settled_when_faults_end()
        self.rig.die()
        self.folder.cleanup()

    def _all_is_settled_when_faults_end(self) -> None:
        self.world.faults = []
        for _ in range(8):
            self.rig.work()
            self.clock.forward(timedelta(minutes=31))
        left = {Tilstand.KLAR, Tilstand.SENDES, Tilstand.UKJENT}
        assert not left & set(self.rig.states().values())
        self.nothing_is_doubled()
        self.every_letter_is_where_the_model_says()


def _by_receipts(said: set[type]) -> Tilstand:
    if Returpostkvittering in said:
        return Tilstand.RETUR
    if Leveringskvittering in said:
        return Tilstand.LEVERT
    return Tilstand.FEILET if Feil in said else Tilstand.SENDT


TestOutbox = pytest.mark.slow(pytest.mark.timeout(180)(OutboxMachine.TestCase))
TestOutbox.settings = settings(
    max_examples=examples(0.2),
    stateful_step_count=18,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
