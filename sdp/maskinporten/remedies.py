"""Remedies for the refusals that Maskinporten has documented."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(r"\bMP-(\d{3})\b")

_CLIENT: Final = (
    "Check maskinporten.client_id, and that the client is registered in the environment that "
    "environment.maskinporten_url names: test and production have clients of their own."
)
_CLOCK: Final = "Synchronise the clock of this machine (NTP); a grant may be 10 seconds off."
_KEY: Final = (
    "Check that the signer holds the certificate's own key or the one that maskinporten.key_id "
    "names, and that the certificate is valid and of this environment, test or production."
)

# Maskinporten's own number, which not all refusals have; its words; what to do. In order, for the
# words of the last are part of others. Source: docs.digdir.no, maskinporten_feilsoking.
_CAUSES: Final = tuple(
    (number, re.compile(words, re.IGNORECASE), remedy)
    for number, words, remedy in (
        (
            "251",
            r"not delegated",
            (
                "Have the organisation that consumer_org names delegate the scope to yours in "
                "Altinn. A delegation in production does not count in test."
            ),
        ),
        (
            "",
            r"combination consumer_org",
            "Leave consumer_org out: it names the organisation that owns the client.",
        ),
        (
            "250",
            r"not been granted access",
            (
                "Ask the owner of the API to grant the scope to the organisation; if it was "
                "delegated to yours, name the organisation that did so as consumer_org."
            ),
        ),
        ("200", r"invalid scopes for client", "Add the scope to the client in Maskinporten."),
        (
            "201",
            r"scopes? (?:not allowed|with integration types)",
            "Register a client of the integration type maskinporten for this scope.",
        ),
        (
            "121",
            r"expired key",
            "Register the key on the client anew, or a new one: a key is good for a year.",
        ),
        (
            "120",
            r"invalid certificate",
            (
                "Use a virksomhetssertifikat that is valid and not revoked; a test certificate in "
                "test, and a production certificate in production."
            ),
        ),
        (
            "122",
            r"certificate orgno",
            (
                "Use a certificate of the organisation that owns the client, or register a "
                "client for the organisation of the certificate."
            ),
        ),
        (
            "123",
            r"\bx5c\b|extract certificate",
            "Check that the signer's chain starts with the organisation's own certificate.",
        ),
        ("124", r"jwt signature", _KEY),
        (
            "012",
            r"used before|\bjti\b",
            "Ask again: a grant is good only once, and each request makes a new one.",
        ),
        ("130", r"jwt is expired|issue time|clock|\b(?:iat|exp)\b", _CLOCK),
        (
            "110",
            r"\baud\b",
            (
                "Check environment.maskinporten_url: test and production have one each, which end "
                "with a slash."
            ),
        ),
        ("100", r"client not found|client authentication failed", _CLIENT),
    )
)

_REMEDIES: Final = {
    "forbidden": "Ask the owner of the API to grant the scope to the organisation.",
    "invalid_client": _CLIENT,
    "invalid_grant": _KEY,
    "invalid_request": "Check maskinporten.client_id and the scopes; if they are right, report "
    "this as a defect.",
    "invalid_resource": "Check maskinporten.resource against what the API asks for.",
    "invalid_scope": "Ask the owner of the scope to grant it to the organisation, and add it to "
    "the client in Maskinporten.",
    "invalid_target": "Check maskinporten.resource against what the API asks for.",
    "unauthorized_client": "Give the client the grant type jwt-bearer in Maskinporten.",
    "unsupported_grant_type": "Check environment.maskinporten_url: what answers there takes no "
    "JWT grants.",
}


def remedy_for(code: str, description: str) -> str:
    """Tell the remedy: by the number in the description, by its words, or else by the code."""
    numbered = _NUMBER.search(description)
    if numbered is not None:
        for number, _, remedy in _CAUSES:
            if number == numbered[1]:
                return remedy
    for _, words, remedy in _CAUSES:
        if words.search(description):
            return remedy
    return _REMEDIES.get(code, "Look the code up in Digdir's documentation of Maskinporten.")
