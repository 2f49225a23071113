"""A page as a program without a browser reads it."""

from __future__ import annotations

import ssl
from dataclasses import replace
from typing import Self
from uuid import uuid4

import httpx
from lxml import etree, html

from sdp import Client, Forsendelse, Kvittering
from sdp.testmiljo import ReceivedDocument, Testmiljo
from tests.e2e.client.conftest import Letters


class Page:
    """One page of an environment, got or posted to."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.root = html.fromstring(answer.content)

    @property
    def heading(self) -> str:
        (heading,) = self.root.findall(".//h1")
        return heading.text_content()

    def text(self, element_id: str) -> str:
        return " ".join(self.root.get_element_by_id(element_id).text_content().split())

    def section(self, heading_id: str) -> str:
        (section,) = self.root.xpath(f"//section[@aria-labelledby='{heading_id}']")
        assert isinstance(section, etree._Element)
        return " ".join("".join(str(text) for text in section.itertext()).split())

    def links(self) -> set[str]:
        return {str(each) for each in self.root.xpath("//a/@href | //iframe/@src | //img/@src")}

    def verdicts(self) -> list[tuple[str, str, str]]:
        (table,) = self.root.xpath("//table[caption='Each check and its verdict']")
        assert isinstance(table, etree._Element)
        rows = table.findall("tbody/tr")
        return [
            (cells[0], cells[1], cells[2])
            for cells in ([cell.text or "" for cell in row.findall("td")] for row in rows)
        ]


class Browserless:
    """Goes to pages of one environment, and sends forms as a browser would."""

    def __init__(self, miljo: Testmiljo) -> None:
        self._origin = miljo.root_url
        ca = miljo.client_config().environment.tls_ca
        assert ca is not None
        self.http = httpx.Client(
            base_url=miljo.root_url,
            verify=ssl.create_default_context(cafile=str(ca)),
            follow_redirects=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def see(self, address: str) -> Page:
        return Page(self.http.get(address).raise_for_status())

    def submit(self, address: str, **fields: str) -> Page:
        return Page(self.http.post(address, data=fields, headers={"Origin": self._origin}))


def sent(client: Client, forsendelse: Forsendelse) -> str:
    """Send a letter; where its page is."""
    return f"/web/letters/{client.send(forsendelse).meldings_id}"


def received(client: Client) -> list[Kvittering]:
    return list(client.receipts())


def kept(miljo: Testmiljo, content: bytes, mime_type: str, **changes: str) -> str:
    """Put a letter straight in a mailbox, as only another client could have sent it."""
    if not miljo.postkasse.letters:
        with Client(miljo.client_config()) as client:
            client.send(Letters(miljo).digital())
    names = {"filnavn": "brev.html", "tittel": "Brev"} | changes
    document = ReceivedDocument(
        mime_type=mime_type, spraakkode="nb", content=content, metadata=None, **names
    )
    letter = replace(miljo.postkasse.letters[0], meldings_id=str(uuid4()), documents=(document,))
    miljo._world.letter_store.add(letter)
    return letter.meldings_id
