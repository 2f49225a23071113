"""The templates of a plan's folder, in the three languages of a plan."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from sdp.plan.exports import table_as_csv
from sdp.plan.folder import RISK_COLUMNS, RISKS, TERMS, TERMS_COLUMNS
from sdp.plan.mailings import MAILING_COLUMNS, MAILINGS
from sdp.plan.privacy import COLUMNS as PRIVACY_COLUMNS
from sdp.plan.privacy import FILE as PRIVACY
from sdp.plan.services import SERVICE_COLUMNS, SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sdp.plan.texts import Texts

TEST_PLAN: Final = "testplan.csv"
PRODUCTION: Final = "produksjon.csv"
TEST_PLAN_COLUMNS: Final = (
    *("id", "niva", "krav", "hvordan", "kontroller", "ansvar", "frist", "status"),
)
PRODUCTION_COLUMNS: Final = ("id", "punkt", "hvordan", "ansvar", "frist", "status")

EVIDENCE: Final[Mapping[str, tuple[str, str]]] = {
    "R01": ("K", "docs/security.md; tests/unit/dokumentpakke"),
    "R02": ("K", "docs/lookup.md; tests/e2e/test_krr.py"),
    "R03": ("K", "docs/lookup.md; tests/unit/krr/test_routing.py"),
    "R04": ("T", "docs/lookup.md; docs/receipts.md"),
    "R05": ("T", "docs/errors.md; tests/e2e/test_faults_mailbox.py"),
    "R06": ("I", "docs/errors.md; tests/e2e/test_faults_twice.py"),
    "R07": ("I", "docs/security.md; tests/attacks"),
    "R08": ("T", "docs/receipts.md; tests/e2e/client"),
    "R09": ("K/I", "docs/keys.md; tests/unit/pki"),
    "R10": ("T", "docs/certificates.md; tests/e2e/test_cli_doctor.py"),
    "R11": ("T", "docs/errors.md; tests/e2e/test_faults_registers.py"),
    "R12": ("T", "docs/performance.md; tests/unit/plan"),
    "R13": ("K", "docs/security.md; tests/e2e/test_privacy.py"),
    "R14": ("K", "docs/lookup.md; tests/unit/plan"),
    "R15": ("K", "docs/lookup.md; tests/unit/plan"),
    "R16": ("I", "docs/security.md; tests/unit/dokumentpakke"),
    "R17": ("T", "docs/print.md; tests/unit/utskrift"),
    "R18": ("K", "docs/verify.md; tests/e2e/test_verify.py"),
    "R19": ("T", "docs/interop.md; tests/interop"),
    "R20": ("K/I/T", "docs/security.md; requirements"),
    "R21": ("K", "docs/lookup.md; tests/unit/plan"),
}
"""The subject of each risk (confidentiality, integrity, availability), and its evidence."""

CHECKS: Final[Mapping[str, tuple[int, ...]]] = {
    "T01": (401,),
    "T02": (601, 801),
    "T03": (604, 605, 606),
    "T04": (),
    "T05": (603,),
    "T06": (),
    "T07": (604, 605),
    "T08": (704, 801),
    "T09": (703,),
    "T10": (402, 607),
    "T11": (),
    "T12": (),
}
"""The checks of `sdp verify` that answer each national requirement; none are tried by hand."""

_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")


def folder_files(texts: Texts, year: int) -> dict[str, str]:
    """Make every file of a new plan, by its name."""
    return {
        "plan.toml": _settings(texts, year),
        SERVICES: _table(texts, "tjenester", SERVICE_COLUMNS),
        MAILINGS: _table(texts, "utsendelser", MAILING_COLUMNS),
        RISKS: _table(texts, "risiko", RISK_COLUMNS, _rows(texts, "risk_rows", RISK_COLUMNS)),
        TERMS: _table(texts, "vilkaar", TERMS_COLUMNS, _rows(texts, "terms_rows", TERMS_COLUMNS)),
        PRIVACY: _table(
            texts, "personvern", PRIVACY_COLUMNS, _rows(texts, "privacy_rows", PRIVACY_COLUMNS)
        ),
        TEST_PLAN: _table(
            texts, "testplan", TEST_PLAN_COLUMNS, _rows(texts, "testplan_rows", TEST_PLAN_COLUMNS)
        ),
        PRODUCTION: _table(
            texts,
            "produksjon",
            PRODUCTION_COLUMNS,
            _rows(texts, "production_rows", PRODUCTION_COLUMNS),
        ),
    }


def _settings(texts: Texts, year: int) -> str:
    template = (files("sdp.plan") / "templates" / "plan.toml").read_text(encoding="utf-8")
    words = {name: texts(f"template.toml.{name}") for name in texts.keys_under("template.toml")}
    for name in texts.keys_under("template.milestone"):
        words[name] = texts(f"template.milestone.{name}")
    words |= {"year": str(year), "language": texts.language.value}
    return _PLACE.sub(lambda place: words[place[1]], template)


def _table(
    texts: Texts, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]] = ()
) -> str:
    """Write a table as a Norwegian spreadsheet does, with its source on a line of its own."""
    return f"\ufeff# {texts(f'template.csv.{name}')}\r\n{table_as_csv(columns, rows)}"


def _rows(texts: Texts, prefix: str, columns: Sequence[str]) -> list[list[str]]:
    """Make the rows of a table: what the words have, and what is the same in every language."""
    rows = []
    for id_ in texts.keys_under(prefix):
        told = {
            name: texts(f"{prefix}.{id_}.{name}") for name in texts.keys_under(f"{prefix}.{id_}")
        }
        told["id"] = id_
        if id_ in EVIDENCE:
            told["kit"], told["bevis"] = EVIDENCE[id_]
        if id_ in CHECKS:
            told["kontroller"] = " ".join(map(str, CHECKS[id_]))
        rows.append([told.get(column, "") for column in columns])
    return rows
