"""The pages that users read, and the code they show."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block of code, without its indentation."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A command as a reader types it, and the output that is shown below it."""

    block: Block
    text: str
    output: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.block}: {self.text}"


def blocks(language: str | None = None, page: str | None = None) -> list[Block]:
    """Every block of a language, or of a page, in the order they are read."""
    return [
        block
        for found in PAGES
        for block in _blocks_of(found)
        if language in {None, block.language} and page in {None, block.page}
    ]


def commands(page: str | None = None) -> list[Command]:
    """Every command in a console block."""
    return [command for block in blocks("console", page) for command in _commands_of(block)]


def _blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(page.name, line, match[2].strip(), textwrap.dedent(match[3]))


def _commands_of(block: Block) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block.text.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        text, *output = part.splitlines()
        command = re.sub(r"\s+#.*", "", text)
        yield Command(block, re.sub(r" +", " ", command).strip(), tuple(output))
