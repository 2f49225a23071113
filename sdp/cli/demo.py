"""`sdp demo`: one digital and one print letter, from documents to confirmed receipts."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sdp.cli._output import Output, json_option, local_time, printable, table
from sdp.cli.receipts import receipt_data
from sdp.cli.testmiljo import running_testmiljo
from sdp.client import Client
from sdp.config.environments import WIRE_NAMES
from sdp.domain import (
    Avsender,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    EpostVarsel,
    Forsendelse,
    FysiskPost,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Posttype,
    Retur,
    SmsVarsel,
)
from sdp.domain.kvittering import kind_of
from sdp.utskrift.one_page import one_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from sdp.cli.demo_outbox import Campaign
    from sdp.domain import Kvittering, SendResultat
    from sdp.testmiljo import Testmiljo
    from sdp.testmiljo.mailbox.dpi import DpiPostkasse
    from sdp.testmiljo.mailbox.ebms import EbmsPostkasse

_WIRES: Final[dict[Literal["ebms", "dpi"], Callable[[Testmiljo], EbmsPostkasse | DpiPostkasse]]] = {
    "dpi": lambda miljo: miljo.aksesspunkt.postkasse,
    "ebms": lambda miljo: miljo.postkasse,
}


@dataclass(frozen=True, slots=True)
class Story:
    """One letter on one wire, and the receipts that must come for it."""

    wire: str
    kind: str
    forsendelse: Forsendelse
    expected: frozenset[str]

    @property
    def konversasjons_id(self) -> str:
        """The id that its receipts carry."""
        return self.forsendelse.konversasjons_id


@click.command
@json_option
def demo(*, output: Output) -> int:
    """Send a digital and a print letter over both wires, and fetch every receipt.

    Then a campaign goes through the outbox, whose worker is killed once on the way. Everything
    happens on this machine. The exit code is 0 only if every expected receipt came and no letter
    was lost or doubled.
    """
    output.note("Starting a test environment on this machine ...")
    with running_testmiljo() as miljo:
        stories: list[Story] = []
        sent: list[SendResultat] = []
        received: list[Kvittering] = []
        for wire, postkasse in _WIRES.items():
            output.note(f"Sending a digital and a print letter over {WIRE_NAMES[wire]} ...")
            with Client(miljo.client_config(wire=wire)) as client:
                avsender = Avsender(organisasjonsnummer=client.organisasjonsnummer)
                told = [_digital(wire, avsender, miljo), _print(wire, avsender, miljo)]
                sent += [client.send(story.forsendelse) for story in told]
                for letter in postkasse(miljo).letters:
                    postkasse(miljo).open(letter)
                output.note("Fetching their receipts, and confirming each ...")
                received += client.receipts()
            stories += told
        campaign = _campaign(miljo, avsender, output)
    return _show(stories, sent, received, campaign, output)


def _campaign(miljo: Testmiljo, avsender: Avsender, output: Output) -> Campaign | None:
    try:
        from sdp.cli.demo_outbox import LETTERS, run_campaign
    except ModuleNotFoundError as error:
        output.note(f"The campaign is left out: {error.msg}")
        return None
    with tempfile.TemporaryDirectory(prefix="sdp-demo-") as name:
        folder = Path(name)
        miljo.write_config(folder)
        output.note(f"Sending {LETTERS} letters from an outbox, whose worker is killed once ...")
        return run_campaign(
            folder,
            folder / "sdp-dpi.toml",
            avsender.organisasjonsnummer,
            [miljo.innbygger().personidentifikator for _ in range(LETTERS)],
            lambda: [letter.konversasjons_id for letter in miljo.letters],
        )


def _digital(wire: str, avsender: Avsender, miljo: Testmiljo) -> Story:
    title = "Vedtak om barnehageplass"
    notice = "Du har fått et vedtak fra kommunen."
    forsendelse = Forsendelse.digital(
        avsender=avsender,
        mottaker=miljo.innbygger(epost="kari@example.com", mobil="+4799999999"),
        digital_post=DigitalPost(
            ikke_sensitiv_tittel="Brev fra kommunen",
            aapningskvittering=True,
            epost_varsel=EpostVarsel(
                epostadresse="kari@example.com", varslingstekst=notice, repetisjoner=(0, 7)
            ),
            sms_varsel=SmsVarsel(mobiltelefonnummer="+4799999999", varslingstekst=notice),
        ),
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(
                one_page([title, "", "Barnet ditt har fått plass fra 1. januar."]),
                filnavn="vedtak.pdf",
                tittel=title,
            ),
            vedlegg=(
                Dokument.from_bytes(
                    one_page(["Slik klager du", "", "Fristen er tre uker."]),
                    filnavn="klage.pdf",
                    tittel="Slik klager du",
                ),
                Dokument.from_bytes(
                    "Åpningstider: 07.00 til 17.00\n".encode(),
                    filnavn="åpningstider.txt",
                    tittel="Åpningstider",
                ),
            ),
        ),
    )
    return Story(wire, "digital", forsendelse, frozenset({"levering", "aapning"}))


def _print(wire: str, avsender: Avsender, miljo: Testmiljo) -> Story:
    forsendelse = Forsendelse.fysisk(
        avsender=avsender,
        printer=miljo.printer_mottaker(),
        fysisk_post=FysiskPost(
            mottaker=Postadresse(
                navn="Ola Nordmann",
                adresse=NorskAdresse(
                    adresselinje1="Øvre gate 1", postnummer="0155", poststed="Oslo"
                ),
            ),
            retur=Retur(
                posthaandtering=Posthaandtering.DIREKTE_RETUR,
                mottaker=Postadresse(
                    navn="Kommunen",
                    adresse=NorskAdresse(
                        adresselinje1="Postboks 1", postnummer="0101", poststed="Oslo"
                    ),
                ),
            ),
            posttype=Posttype.A,
        ),
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(
                one_page(["Vedtak om barnehageplass", "", "Barnet ditt har fått plass."]),
                filnavn="vedtak.pdf",
                tittel="Vedtak om barnehageplass",
            )
        ),
    )
    return Story(wire, "print", forsendelse, frozenset({"mottak", "levering"}))


def _show(
    stories: list[Story],
    sent: list[SendResultat],
    received: list[Kvittering],
    campaign: Campaign | None,
    output: Output,
) -> int:
    missing = {
        f"{story.wire} {story.kind}": sorted(story.expected - _kinds_for(story, received))
        for story in stories
    }
    complete = not any(missing.values()) and (campaign is None or campaign.is_complete)
    letters = list(zip(stories, sent, strict=True))
    output.result(
        {
            "complete": complete,
            "missing": missing,
            "letters": [
                {"wire": story.wire, "kind": story.kind, **resultat.model_dump()}
                for story, resultat in letters
            ],
            "receipts": [receipt_data(kvittering) for kvittering in received],
            "campaign": None if campaign is None else asdict(campaign),
        },
        table(
            ["Wire", "Letter", "Message id", "Billable bytes"],
            [
                (story.wire, story.kind, resultat.meldings_id, resultat.billable_bytes)
                for story, resultat in letters
            ],
            title="Sent and accepted",
        ),
        table(
            ["Wire", "Letter", "Receipt", "Message id", "Time"],
            [
                (
                    *_letter_of(kvittering, stories),
                    kind_of(kvittering),
                    kvittering.meldings_id,
                    local_time(kvittering.tidspunkt),
                )
                for kvittering in received
            ],
            title="Received, verified and confirmed",
        ),
        *([] if campaign is None else [campaign.shown()]),
        printable(_in_the_end(complete=complete, missing=missing)),
    )
    return 0 if complete else 1


def _in_the_end(*, complete: bool, missing: dict[str, list[str]]) -> str:
    if complete:
        return "Every expected receipt came."
    if any(missing.values()):
        return f"Receipts missing: {missing}."
    return "The campaign is not complete: see the table above."


def _kinds_for(story: Story, received: list[Kvittering]) -> set[str]:
    return {
        kind_of(kvittering)
        for kvittering in received
        if kvittering.konversasjons_id == story.konversasjons_id
    }


def _letter_of(kvittering: Kvittering, stories: list[Story]) -> tuple[str, str]:
    letters = {story.konversasjons_id: (story.wire, story.kind) for story in stories}
    return letters.get(kvittering.konversasjons_id, ("unknown", "unknown"))
