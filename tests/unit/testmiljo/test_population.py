from __future__ import annotations

import csv
from collections import Counter
from itertools import islice
from pathlib import Path

from sdp.testmiljo.world.citizens import MIX, Resident, kinds, write_population
from sdp.testmiljo.world.register import Kind


def test_a_hundred_people_are_of_the_stated_mix() -> None:
    assert Counter(islice(kinds(), 100)) == Counter(MIX)


def test_each_twenty_people_hold_most_kinds_so_that_small_populations_are_mixed() -> None:
    first = set(islice(kinds(), 20))
    assert {Kind.REACHABLE, Kind.RESERVED, Kind.NOT_NOTIFIED, Kind.NO_MAILBOX} <= first


def test_a_population_is_written_with_addresses_at_home_and_abroad(tmp_path: Path) -> None:
    people = (
        Resident("01815800083", Kind.RESERVED, is_abroad=False),
        Resident("02815800083", Kind.REACHABLE, is_abroad=True),
    )
    write_population(tmp_path / "people.csv", people)

    with (tmp_path / "people.csv").open(encoding="utf-8", newline="") as file:
        home, abroad = csv.DictReader(file)
    assert (home["kind"], home["postnummer"], home["landkode"]) == ("RESERVED", "0155", "")
    # The printer prints no country but the one in the last line.
    assert (abroad["adresselinje3"], abroad["landkode"]) == ("FRANCE", "FR")
    assert home["nokkel"] != abroad["nokkel"]
