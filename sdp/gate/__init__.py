"""The gate for what others say: identifiers, instants and words, read in one way each.

Whatever comes from outside passes here before anything uses, compares, stores or shows it. A
function of these modules returns one canonical value, or raises `ValueError` with the rule that is
broken and never the value; its caller names the field.
"""

from sdp.gate.identifiers import (
    LONGEST_ID,
    canonical_uuid,
    is_organisasjonsnummer,
    is_uuid,
    new_uuid,
    opaque_id,
)
from sdp.gate.instants import EARLIEST, LATEST, NoOffsetError, bounded, read_instant
from sdp.gate.words import KNOWN_PHRASES, NOT_XML, decoded, escaped, known_phrase, presentable

__all__ = [
    "EARLIEST",
    "KNOWN_PHRASES",
    "LATEST",
    "LONGEST_ID",
    "NOT_XML",
    "NoOffsetError",
    "bounded",
    "canonical_uuid",
    "decoded",
    "escaped",
    "is_organisasjonsnummer",
    "is_uuid",
    "known_phrase",
    "new_uuid",
    "opaque_id",
    "presentable",
    "read_instant",
]
