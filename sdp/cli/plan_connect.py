"""`sdp plan connect`: a short interview about how to connect, and a figure of the solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option, printable, table
from sdp.cli.parameters import NEW_FILE
from sdp.cli.plan_folder import keep
from sdp.plan import Language, Texts
from sdp.plan.connection import QUESTIONS, advise_connection
from sdp.plan.figures import solution

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rich.table import Table

    from sdp.plan.connection import Advice

_YES = {"j": True, "ja": True, "y": True, "yes": True}
_NO = {"n": False, "nei": False, "no": False}


@click.command
@click.option(
    "--language",
    type=click.Choice([each.value for each in Language]),
    default=Language.NB.value,
    show_default=True,
    help="Bokmål, nynorsk or English.",
)
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="QUESTION=ja|nei",
    help=f"Answer beforehand instead of being asked. Questions: {', '.join(QUESTIONS)}.",
)
@click.option("--figure", type=NEW_FILE, help="Draw the solution: an SVG file.")
@json_option
def connect(*, language: str, answers: tuple[str, ...], figure: Path | None, output: Output) -> int:
    """Ask nine questions, and say which connection fits, with reasons.

    Own integration with this library, the national Integrasjonspunkt, KS Fiks, or a supplier.
    """
    texts = Texts(Language(language))
    advice = advise_connection(_answered(answers, texts))
    keep(figure, lambda: solution(advice.connection, texts))
    name = texts(f"connect.name.{advice.connection}")
    reasons = [
        (f"{each.points:+d}", texts(f"connect.reason.{each.question}", answer=each.answer))
        for each in advice.reasons
    ]
    output.result(
        {
            "connection": advice.connection.value,
            "name": name,
            "points": {way.value: points for way, points in advice.points.items()},
            "close": advice.is_close,
            "reasons": [
                {"question": each.question, "answer": each.answer, "points": each.points}
                for each in advice.reasons
            ],
        },
        printable(texts("connect.result.fits", name=name)),
        facts(reasons),
        _points(advice, texts),
        *([printable(texts("connect.result.close"))] if advice.is_close else []),
        printable(texts("connect.result.note")),
    )
    return 0


def _points(advice: Advice, texts: Texts) -> Table:
    return table(
        [texts("connect.result.way"), texts("connect.result.points")],
        [
            (texts(f"connect.name.{way}"), points)
            for way, points in sorted(advice.points.items(), key=lambda each: -each[1])
        ],
    )


def _answered(given: tuple[str, ...], texts: Texts) -> dict[str, bool]:
    answers: dict[str, bool] = {}
    for each in given:
        question, _, answer = each.partition("=")
        said = (_YES | _NO).get(answer.strip().casefold())
        if question not in QUESTIONS or said is None:
            raise click.BadParameter(f"{each!r} is no answer: write QUESTION=ja or QUESTION=nei.")
        answers[question] = said
    for question in QUESTIONS:
        if question not in answers:
            answers[question] = _ask(texts(f"connect.question.{question}"), texts)
    return answers


def _ask(words: str, texts: Texts) -> bool:
    def read(value: str) -> bool:
        said = (_YES | _NO).get(value.strip().casefold())
        if said is None:
            raise click.BadParameter(texts("connect.answer.yes_no"))
        return said

    asked: Callable[[str], bool] = read
    answer: bool = click.prompt(
        f"{words} ({texts('connect.answer.yes_no')})", value_proc=asked, err=True
    )
    return answer
