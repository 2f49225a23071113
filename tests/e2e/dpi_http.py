"""An avsender of DPI with an HTTP client, joserfc, and nothing of the library's wire."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import httpx

from sdp.dokumentpakke import Profile, pack
from sdp.domain import (
    Avsender,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Forsendelse,
    FysiskPost,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Retur,
    Utskriftsfarge,
)
from sdp.testmiljo.environment import AVSENDER, CLIENT_ID, PRINTER
from tests.documents import pdf
from tests.unit.testmiljo.dpi_sender import SCOPE, DpiSender, nothing, post_of, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.testmiljo import Testmiljo
    from tests.unit.testmiljo.dpi_sender import Json


class DpiHttp:
    """Speaks with the access point of one environment."""

    def __init__(self, miljo: Testmiljo) -> None:
        self.miljo = miljo
        context = ssl.create_default_context(cafile=str(miljo.environment().tls_ca))
        self.http = httpx.Client(verify=context, trust_env=False, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def token(self, **claims: str) -> str:
        now = int(self.miljo.now().timestamp())
        issuer = self.miljo.maskinporten_url
        grant = {"aud": issuer, "iss": CLIENT_ID, "scope": SCOPE, "iat": now, "exp": now + 60}
        assertion = signed(grant | {"jti": str(uuid4())} | claims, self.miljo.avsender)
        kind = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        data = {"grant_type": kind, "assertion": assertion}
        answer = self.http.post(f"{issuer}token", data=data)
        token: str = answer.json()["access_token"]
        return token

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Make a request with a token."""
        headers = {"Authorization": f"Bearer {self.token()}"} | options.pop("headers", {})
        return self.http.request(method, f"{self.miljo.dpi_url}{path}", headers=headers, **options)

    def package(self, kind: str = "digital") -> bytes:
        """A package that the library has made."""
        miljo = self.miljo
        forsendelse = self._digital() if kind == "digital" else self._fysisk()
        identity = miljo.avsender.identity(miljo.now())
        with pack(forsendelse, identity, moment=miljo.now(), profile=Profile.DPI) as packed:
            return b"".join(packed.chunks())

    def _digital(self) -> Forsendelse:
        mottaker = self.miljo.innbygger()
        return Forsendelse.digital(
            avsender=Avsender(organisasjonsnummer=AVSENDER),
            mottaker=mottaker.model_copy(update={"postkasseadresse": "kari.nordmann#1234"}),
            digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
            dokumentpakke=_documents(),
        )

    def _fysisk(self) -> Forsendelse:
        adresse = Postadresse(
            navn="Kari",
            adresse=NorskAdresse(adresselinje1="Gata 1", postnummer="0155", poststed="OSLO"),
        )
        return Forsendelse.fysisk(
            avsender=Avsender(organisasjonsnummer=AVSENDER),
            printer=self.miljo.printer_mottaker(),
            fysisk_post=FysiskPost(
                mottaker=adresse,
                retur=Retur(mottaker=adresse, posthaandtering=Posthaandtering.DIREKTE_RETUR),
                utskriftsfarge=Utskriftsfarge.SORT_HVIT,
            ),
            dokumentpakke=_documents(),
        )

    def sender(self, kind: str = "digital") -> DpiSender:
        mottaker = {"mottaker": PRINTER} if kind == "utskrift" else {}
        return DpiSender(self.miljo.avsender, self.miljo.now(), kind=kind, **mottaker)

    def send(
        self,
        sender: DpiSender | None = None,
        *,
        package: bytes | None = None,
        spoil: Callable[[Json], None] = nothing,
        **params: str,
    ) -> httpx.Response:
        """Send a letter, as a form that httpx writes."""
        sender = sender or self.sender()
        package = self.package(sender.kind) if package is None else package
        token = self.token()
        document = sender.document(package, token, spoil)
        assert post_of(document)["maskinportentoken"] == token
        return self.http.post(
            f"{self.miljo.dpi_url}/messages/out",
            params=params,
            headers={"Authorization": f"Bearer {token}"},
            files={
                "forretningsmelding": (
                    "sbd.jwt",
                    signed(document, self.miljo.avsender).encode(),
                    "application/jwt",
                ),
                "dokumentpakke": ("asic.cms", package, "application/cms"),
            },
        )

    def listed(self, **params: str) -> list[dict[str, str]]:
        """What the access point lists."""
        answer = self.ask("GET", "/messages/in", params=params)
        if answer.status_code == 204:
            return []
        assert answer.status_code == 200
        found: list[dict[str, str]] = answer.json()
        return found


def _documents() -> Dokumentpakke:
    return Dokumentpakke(
        hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
    )
