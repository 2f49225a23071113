"""Preflight of a run: its options read, and production kept out unless it was meant."""

from __future__ import annotations

import codecs
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cryptography.x509.oid import NameOID

from sdp.config import Environment
from sdp.domain import check_organisasjonsnummer, check_personidentifikator
from sdp.errors import ConfigurationError, SdpError
from sdp.gate.files import read_file
from sdp.pki.trust.published import PUBLISHED, CaEnvironment, published
from sdp.pki.trust.store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cryptography.x509 import Certificate

    from sdp.verify.context import Context


ADDRESSES: Final = (
    "broker_url",
    "access_point_url",
    "maskinporten_url",
    "krr_rest_url",
    "krr_soap_url",
)
"""The settings of an environment that are addresses."""
_EARLIER_HOSTS: Final = frozenset({"srest.dataplatfor.ms"})
"""Access points of production that are in no known environment any more."""
_PRODUCTION_ISSUERS: Final = frozenset(
    known.name for known in PUBLISHED if known.environment is CaEnvironment.PRODUCTION
)


def guard_production(context: Context, *, meant: bool, organisasjonsnummer: str | None) -> None:
    """Refuse to run against production unless told so twice.

    Args:
        context: what is to be verified.
        meant: whether production was asked for.
        organisasjonsnummer: the organisation whose real letters would be sent, as the second word;
            it must be that of the sender's certificate.

    Raises:
        ConfigurationError: it is production and was not told so twice.
        IdentityError: it was, and the sender's certificate cannot be used.
    """
    sign = next(_signs(context), None)
    if sign is None:
        return
    if meant and organisasjonsnummer == context.identity.organisasjonsnummer:
        return
    raise ConfigurationError(
        f"Environment {context.config.environment.name} is production, since {sign}: real letters"
        " would be sent, to real people, and paid for.",
        remedy="If that is meant, give --production, and with --confirm the organisation number of"
        " the certificate.",
    )


def _signs(context: Context) -> Iterator[str]:
    """Say what tells that it is production; any one thing is enough."""
    environment = context.config.environment
    if environment.production:
        yield "it says so itself"
    real = _real_hosts()
    for setting in ADDRESSES:
        host = _host(environment, setting)
        if host in real:
            yield f"environment.{setting} is at {host}"
    # What cannot be read is told by the checks of key and trust; nothing is sent without them.
    with suppress(SdpError):
        if environment.trust is not None:
            trust = TrustStore.from_path(environment.trust)
            for name in _of_production((*trust.anchors, *trust.intermediates)):
                yield f"environment.trust holds {name}"
    with suppress(SdpError):
        chain = context.identity.chain
        for name in (*_of_production(chain), *_PRODUCTION_ISSUERS.intersection(_issuers(chain))):
            yield f"the own certificate was issued by {name}"


def _real_hosts() -> frozenset[str | None]:
    environments = [Environment.model_validate(name) for name in ("production", "nhn-production")]
    hosts = {_host(each, setting) for each in environments for setting in ADDRESSES}
    return _EARLIER_HOSTS | (hosts - {None})


def _host(environment: Environment, setting: str) -> str | None:
    url: str | None = getattr(environment, setting)
    # One dot at the end says that a name is whole, and makes it no other name.
    return (urlsplit(url).hostname or "").removesuffix(".") or None if url else None


def _of_production(certificates: Iterable[Certificate]) -> list[str]:
    known = [published(certificate) for certificate in certificates]
    return [each.name for each in known if each and each.environment is CaEnvironment.PRODUCTION]


def _issuers(chain: Iterable[Certificate]) -> Iterator[str]:
    for certificate in chain:
        for name in certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME):
            yield str(name.value)


def people_in(path: Path) -> tuple[str, ...]:
    """Read the numbers of test persons in a file, with blanks or line breaks between them.

    Raises:
        ValueError: it holds none, or something else. The message names no number.
        OSError: it cannot be read.
    """
    try:
        content = read_file(path)
        marked = content[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
        numbers = content.decode("utf-16" if marked else "utf-8-sig").split()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text in UTF-8, or in UTF-16 with its mark.") from None
    if not numbers:
        raise ValueError(f"{path} holds no number.")
    for place, number in enumerate(numbers, start=1):
        person(number, f"number {place} in {path}")
    return tuple(numbers)


def person(number: str, name: str = "the number") -> str:
    """Return the number of a person unchanged.

    Raises:
        ValueError: it is none. The message has `name` in its place.
    """
    try:
        return check_personidentifikator(number)
    except ValueError as error:
        raise ValueError(f"{name} {error}.") from None


def organisation(number: str) -> str:
    """Return the number of an organisation unchanged.

    Raises:
        ValueError: it is none.
    """
    try:
        return check_organisasjonsnummer(number)
    except ValueError as error:
        raise ValueError(f"{number} {error}.") from None
