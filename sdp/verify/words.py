"""Words of a report in English and in Norwegian (bokmål), with equal keys.

The findings of the checks are in `sdp.verify.norsk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from sdp.verify import norsk
from sdp.verify.check import Verdict, Whom

if TYPE_CHECKING:
    from sdp.verify.check import Check

Language = Literal["en", "nb"]

TEXTS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "verified": "Verified",
        "failed": "Failed",
        "stopped": "Stopped before its end",
        "of": "environment {environment}, wire {wire}",
        "succeeded": "Succeeded",
        "did_not_succeed": "Did not succeed",
        "started": "Started {when}, with sdp {version}.",
        "what_failed": "What failed",
        "every_check": "Every check, in the order it was run",
        "number": "No.",
        "check": "Check",
        "verdict": "Verdict",
        "found": "What came back, and what to do",
        "seconds": "Seconds",
        "did": "Did:",
        "do": "Do:",
        "ask": "Ask:",
    },
    "nb": {
        "verified": "Verifisert",
        "failed": "Feilet",
        "stopped": "Stoppet før slutten",
        "of": "miljø {environment}, {wire}",
        "succeeded": "Vellykket",
        "did_not_succeed": "Ikke vellykket",
        "started": "Startet {when}, med sdp {version}.",
        "what_failed": "Det som feilet",
        "every_check": "Alle kontrollene, i den rekkefølgen de ble kjørt",
        "number": "Nr.",
        "check": "Kontroll",
        "verdict": "Utfall",
        "found": "Hva som kom tilbake, og hva du skal gjøre",
        "seconds": "Sekunder",
        "did": "Gjorde:",
        "do": "Gjør:",
        "ask": "Spør:",
    },
}

_VERDICTS: Final = {
    Verdict.OK: "i orden",
    Verdict.WARNING: "advarsel",
    Verdict.FAILED: "feilet",
    Verdict.SKIPPED: "hoppet over",
}
_WHOM: Final = {
    Whom.SELF: "egen driftsavdeling",
    Whom.NETWORK: "egne nettverksfolk",
    Whom.ISSUER: "utstederen av sertifikatet, Buypass eller Commfides",
    Whom.OPERATOR: "den som drifter meldingsformidleren eller aksesspunktet",
    Whom.DIGDIR: "Digdir, som drifter Maskinporten og kontaktregisteret",
    Whom.MAKERS: "de som lager dette biblioteket",
}
_CHECKS: Final = {
    101: ("eget sertifikat", "Åpner nøkkelen og ser på sertifikatet."),
    102: ("tillitsankre", "Leser sertifikatene som det stoles på."),
    103: ("egen kjede", "Validerer eget sertifikat mot tillitsankrene."),
    104: ("tilbakekalling", "Spør utstedernes OCSP-tjenester eller lister om egen kjede."),
    105: ("kontaktregister", "Ser om det er et register å spørre om hvem som er reservert."),
    201: ("navn", "Slår opp navnene på tjenestene i DNS."),
    202: ("adressen til kanalen", "Kobler seg til over TLS."),
    203: ("adressen til Maskinporten", "Kobler seg til Maskinporten over TLS."),
    204: ("adressen til kontaktregisteret", "Kobler seg til kontaktregisteret over TLS."),
    205: ("klokke", "Sammenligner klokken på denne maskinen med motpartens."),
    301: ("token til registeret", "Ber Maskinporten om et token med registerets scopes."),
    302: ("token til kanalen", "Ber Maskinporten om et token med scopet for DPI."),
    401: ("testpersoner", "Slår opp testpersonene og finner veien til hver av dem."),
    402: ("utskriftssertifikat", "Spør hvem som skriver ut, og validerer sertifikatet."),
    501: ("pakking", "Pakker et brev til oss selv, åpner det igjen og verifiserer alt i det."),
    601: ("et lite brev", "Sender et brev på én side til den første som har postkasse."),
    602: ("et stort brev", "Sender et brev med et dokument på flere megabyte."),
    603: ("200 vedlegg", "Sender et brev med 200 vedlegg."),
    604: (
        "varsel på e-post",
        "Sender et brev med varsel på e-post, der det er lov.",
    ),
    605: ("varsel på SMS", "Sender et brev med varsel på SMS, der det er lov."),
    606: ("varsler og påminnelse", "Sender et brev med varsler og påminnelse i begge kanaler."),
    607: ("et utskriftsbrev", "Sender et brev til skriveren som kontaktregisteret oppgir."),
    608: ("på vegne av en annen", "Sender et brev i den andre virksomhetens navn."),
    701: ("samme brev to ganger", "Sender et brev to ganger: det andre skal avvises."),
    702: (
        "et for stort brev",
        "Prøver et brev over grensen: ingenting skal sendes.",
    ),
    703: ("reservert", "Prøver et digitalt brev til en som er reservert: ingenting skal sendes."),
    704: ("en tom kø", "Spør etter kvitteringer der det ikke er noen."),
    705: ("en annen postkasse", "Prøver et brev til en annen postkasse: ingenting skal sendes."),
    706: ("en ukjent virksomhet", "Prøver et brev for en virksomhet som ikke har bedt om det."),
    801: ("kvitteringer", "Henter kvitteringene til hvert brev er levert, eller tiden er ute."),
    901: ("en utboks", "Legger noen brev i en utboks i en midlertidig mappe, to ganger."),
    902: (
        "en arbeider som blir drept",
        "Sender dem og dreper prosessen underveis; en ny fortsetter.",
    ),
    903: (
        "levert én gang",
        "Holder kvitteringene i utboksen opp mot brevene: hvert er levert én gang.",
    ),
    904: ("sletting", "Sletter det private i utboksen og leter etter det i filen."),
}


def verdict(found: Verdict, language: Language) -> str:
    """Write a verdict."""
    return found.value if language == "en" else _VERDICTS[found]


def whom(found: Whom, language: Language) -> str:
    """Write a party to ask."""
    return found.value if language == "en" else _WHOM[found]


def check(found: Check, language: Language) -> tuple[str, str]:
    """Write the name of a check, and what it does; in English where there is nothing else."""
    own = (found.name, found.does)
    return own if language == "en" else _CHECKS.get(found.number, own)


def finding(found: str, language: Language) -> tuple[str, Language]:
    """Write a finding or a remedy, and tell its language: English is what errors say."""
    translated = norsk.translate(found) if language == "nb" else None
    return (found, "en") if translated is None else (translated, "nb")
