"""Checks of Maskinporten and the contact register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdp.config.maskinporten import client_for, load_key
from sdp.errors import SdpError
from sdp.krr import Digital, Grunn, OppslagFeil
from sdp.krr.rest.wire import SCOPES as KRR_SCOPES
from sdp.maskinporten import Maskinporten, MaskinportenSettings, TokenRequest
from sdp.pki import Usage, validating
from sdp.verify.check import Check, Outcome, Whom, advice, failed, ok, skipped, warning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sdp.config.maskinporten import Api, MaskinportenClient, RegisteredKeyConfig
    from sdp.pki import Signer
    from sdp.pki.keys.registered import RegisteredKey
    from sdp.verify.context import Context


def _token(context: Context, api: Api, scopes: tuple[str, ...]) -> Outcome:
    config = context.config
    if config.maskinporten is None:
        return skipped("maskinporten.client_id is not configured.")
    client = client_for(api, config.maskinporten)
    resource = config.maskinporten.resource if api == "dpi" else None
    asked = [TokenRequest(scope, resource=resource) for scope in scopes]
    if not client.keys:
        return ok(_tokens(context, client, context.signer, asked))
    return _tokens_with_each_key(context, client, asked)


def _tokens_with_each_key(
    context: Context, client: MaskinportenClient, asked: Sequence[TokenRequest]
) -> Outcome:
    """Try every registered key: one that is not taken is a warning while another is."""
    today = context.clock().date()
    found: list[str] = []
    remedies: list[str] = []
    refusals: list[SdpError] = []
    for each in client.keys:
        try:
            with load_key(each, context.clock(), lambda: context.signer) as key:
                found.append(f"with key {each.key_id} {_tokens(context, client, key, asked)}")
        except SdpError as error:
            refusals.append(error)
            found.append(f"no token with key {each.key_id}: {error.message}")
            remedies.append(advice(error)[0])
        age, remedy = _age(each, today)
        found.append(age)
        remedies.append(remedy)
    if len(refusals) == len(client.keys):
        raise refusals[0]
    needed = " ".join(dict.fromkeys(filter(None, remedies)))
    return warning("; ".join(found), needed) if needed else ok("; ".join(found))


_KEY_SOON_DAYS: Final = 60
_KEY_URGENT_DAYS: Final = 14


def _age(key: RegisteredKeyConfig, today: date) -> tuple[str, str]:
    """Tell when a registered key is a year old, and what to do about it if that is soon."""
    if key.expires is None:
        return (
            f"when key {key.key_id} was registered is not configured",
            "Set key_registered beside key_id, to be warned before the key is a year old.",
        )
    left = (key.expires - today).days
    if left <= 0:
        return (
            f"key {key.key_id} is a year old since {key.expires}",
            f"Register a new key with Maskinporten at once, and remove {key.key_id}.",
        )
    found = f"key {key.key_id} is a year old {key.expires}, in {left} days"
    if left <= _KEY_URGENT_DAYS:
        return found, "Use a new key now: Maskinporten refuses one that is a year old."
    if left <= _KEY_SOON_DAYS:
        return found, "Register a new key with Maskinporten, and set it as maskinporten.next_key."
    return found, ""


def _tokens(
    context: Context,
    client: MaskinportenClient,
    signer: Signer | RegisteredKey,
    asked: Sequence[TokenRequest],
) -> str:
    settings = MaskinportenSettings(
        issuer=context.config.environment.address("maskinporten_url"), client_id=client.client_id
    )
    maskinporten = Maskinporten(settings, signer=signer, clock=context.clock)
    tokens = [context.driver.run(maskinporten.token(each)) for each in asked]
    lives = min(token.expires for token in tokens) - context.clock()
    scopes = " and for ".join(each.scope for each in asked)
    return f"a token for {scopes}, good for {lives.total_seconds():.0f} s"


def _register_token(context: Context) -> Outcome:
    krr = context.config.krr
    if krr.wire == "soap":
        return skipped("The contact register is asked over SOAP, without a token.")
    scopes = krr.scopes or KRR_SCOPES
    return _token(context, "krr", scopes if krr.one_scope_per_token else (" ".join(scopes),))


def _wire_token(context: Context) -> Outcome:
    config = context.config
    if config.environment.wire != "dpi":
        return skipped("The ebMS wire needs no token.")
    return _token(context, "dpi", (config.dpi.scope,))


def _lookup(context: Context) -> Outcome:
    if not context.people:
        return skipped("No test persons were given.", "Name some with --person.")
    for number, answer in zip(context.people, context.client.lookup(context.people), strict=True):
        if not isinstance(answer, OppslagFeil):
            context.routes[number] = context.client.route(answer, has_postal_address=True)
    others = [rute for rute in context.routes.values() if not isinstance(rute, Digital)]
    digital = len(context.routes) - len(others)
    reasons = ", ".join(sorted({rute.grunn.value for rute in others}))
    found = f"reached digitally {digital} of {len(set(context.people))}"
    found += f"; of the others each {reasons}" if reasons else ""
    if len(context.routes) < len(set(context.people)):
        return failed(
            f"{found}; the register gives no usable answer about all of them",
            "Check that the numbers are of this environment's test persons.",
        )
    if any(rute.grunn is Grunn.SERTIFIKAT_AVVIST for rute in others):
        return failed(found, "Check that environment.trust is the environment's own trust store.")
    if not digital:
        return failed(found, "Name a test person who has a digital mailbox, to try sending.")
    return ok(found)


def _printer(context: Context) -> Outcome:
    printer = context.client.print_certificate()
    context.driver.run(
        validating(
            context.trust,
            lambda trust: trust.validate(
                printer.sertifikat,
                moment=context.clock(),
                usage=Usage.ENCRYPTION,
                organisasjonsnummer=printer.leverandoer,
            ),
        )
    )
    return ok(f"organisation {printer.leverandoer} prints, and its certificate holds")


TOKENS: Final = (
    Check(
        301,
        "token for the register",
        "Asks Maskinporten for a token with the scopes of the contact register.",
        Whom.DIGDIR,
        _register_token,
        needs=(101,),
    ),
    Check(
        302,
        "token for the wire",
        "Asks Maskinporten for a token with the scope of the DPI wire.",
        Whom.DIGDIR,
        _wire_token,
        needs=(101,),
    ),
)
CHECKS: Final = (
    *TOKENS,
    Check(
        401,
        "test persons",
        "Looks the test persons up, and decides how each is reached.",
        Whom.DIGDIR,
        _lookup,
        needs=(101, 102),
    ),
    Check(
        402,
        "print certificate",
        "Asks who prints, and validates the certificate.",
        Whom.DIGDIR,
        _printer,
        needs=(101, 102),
    ),
)
