"""`sdp plan risks`: scores, a heat map, what is red without a measure, and the DPIA pre-check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option, table
from sdp.cli.parameters import NEW_FILE
from sdp.cli.plan_folder import folder_argument, keep, plan_in
from sdp.plan.exports import risks_as_csv
from sdp.plan.figures import heat_map
from sdp.plan.privacy import pre_check
from sdp.plan.risks import Colour, assessed, residual, score

if TYPE_CHECKING:
    from pathlib import Path

    from sdp.plan.model import Risiko
    from sdp.plan.texts import Texts


@click.command
@folder_argument
@click.option("--figure", type=NEW_FILE, help="Draw the heat map: an SVG file.")
@click.option("--csv", "csv_file", type=NEW_FILE, help="Write the risks to a CSV file.")
@json_option
def risks(*, folder: Path, figure: Path | None, csv_file: Path | None, output: Output) -> int:
    """Score the risks of the plan: likelihood times consequence, 1 to 5 each.

    The assessment is the agency's own: a risk without numbers is shown as not assessed.
    """
    plan, texts = plan_in(folder)
    assessment, privacy = assessed(plan.risikoer), pre_check(plan.personvern)
    keep(figure, lambda: heat_map(assessment, texts))
    keep(csv_file, lambda: risks_as_csv(assessment))
    columns = ("id", "event", "likelihood", "consequence", "score", "measure", "owner", "residual")
    output.result(
        {
            "risks": [
                {
                    "id": each.id,
                    "event": each.hendelse,
                    "score": score(each),
                    "colour": Colour.of(found).value if (found := score(each)) else None,
                    "measure": each.tiltak,
                    "residual": residual(each),
                    "evidence": each.bevis,
                }
                for each in (*assessment.scored, *assessment.unscored)
            ],
            "unscored": len(assessment.unscored),
            "red_without_measure": [each.id for each in assessment.red_without_measure],
            "dpia": {
                "criteria": privacy.all,
                "yes": privacy.yes,
                "open": privacy.open,
                "needed": privacy.is_needed,
            },
        },
        table(
            [texts(f"risks.column.{name}") for name in columns],
            [_row(each, texts) for each in (*assessment.scored, *assessment.unscored)],
        ),
        facts([(texts("risks.dpia.title"), privacy.told(texts))]),
    )
    return 0


def _row(risk: Risiko, texts: Texts) -> list[object]:
    found = score(risk)
    told = (
        f"{found}, {texts(f'risks.colour.{Colour.of(found)}')}"
        if found
        else texts("risks.unscored")
    )
    return [
        risk.id,
        risk.hendelse,
        risk.sannsynlighet,
        risk.konsekvens,
        told,
        risk.tiltak,
        risk.eier,
        residual(risk),
    ]
