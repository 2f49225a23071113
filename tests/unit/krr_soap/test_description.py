from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from sdp.errors import ConfigurationError
from sdp.krr.soap import KrrSoap, KrrSoapSettings
from sdp.krr.soap.conversation import Description, OnlyOurFiles


def test_zeep_is_loaded_only_when_a_register_is_made() -> None:
    program = "import sys, sdp.krr.soap; print('zeep' in sys.modules, 'requests' in sys.modules)"

    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert printed.stdout.split() == ["False", "False"]


def test_a_register_cannot_be_made_without_zeep(
    krr_with: Callable[..., KrrSoap], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zeep", None)
    monkeypatch.setitem(sys.modules, "zeep.exceptions", None)

    with pytest.raises(ConfigurationError, match="zeep"):
        krr_with()


@pytest.mark.parametrize(
    "url",
    [
        "http://schemas.xmlsoap.org/soap/encoding/",
        "https://register.example/begrep.xsd",
        "file:///etc/passwd",
        "file:///../begrep.xsd",
        "file:///",
        "/etc/passwd",
        "",
    ],
)
def test_nothing_but_our_own_files_is_read(url: str) -> None:
    with pytest.raises(ConfigurationError):
        OnlyOurFiles().load(url)


def test_every_file_of_the_description_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    read = list[str]()
    load = OnlyOurFiles.load

    def noted(self: OnlyOurFiles, url: str) -> bytes:
        read.append(url.removeprefix("file:///"))
        return load(self, url)

    monkeypatch.setattr(OnlyOurFiles, "load", noted)
    Description()

    there = {
        each.name for each in files("sdp.krr.soap").iterdir() if each.name.endswith(("sdl", "xsd"))
    }
    assert sorted(read) == sorted(there)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "http://register.example/"}, "url"),
        ({"url": ""}, "url"),
        ({"organisasjonsnummer": "123456789"}, "organisasjonsnummer"),
        ({"paa_vegne_av": "9908:991825827"}, "paa_vegne_av"),
    ],
)
def test_a_setting_that_is_wrong_is_named(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        KrrSoapSettings(**{"url": "https://register.example/", **settings})
