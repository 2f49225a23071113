"""How each kind of thing is written in a state file."""

from sdp.testmiljo.kept.letters import LETTERS
from sdp.testmiljo.kept.organisations import CA, ISSUED, REVOKED
from sdp.testmiljo.kept.people import PEOPLE
from sdp.testmiljo.kept.receipts import INNBOKS, QUEUES, RECEIPTS
from sdp.testmiljo.kept.statuses import NOTHING, STATUSES

__all__ = [
    "CA",
    "INNBOKS",
    "ISSUED",
    "LETTERS",
    "NOTHING",
    "PEOPLE",
    "QUEUES",
    "RECEIPTS",
    "REVOKED",
    "STATUSES",
]
