"""Our description of Oppslagstjenesten, read by zeep, which is loaded when it is first needed."""

from __future__ import annotations

import importlib
from importlib.resources import files
from typing import Any, Final

from sdp.errors import ConfigurationError, UnreadableAnswerError
from sdp.krr.soap import names

_FILES: Final = frozenset({"oppslagstjenesten.wsdl", "oppslagstjenesten.xsd", "begrep.xsd"})
_FOLDER: Final = "file:///"


class OnlyOurFiles:
    """What zeep reads descriptions with. It knows three files by name and reaches nothing else."""

    def load(self, url: str) -> bytes:
        """Return the content of one of the files.

        Raises:
            ConfigurationError: it is not one of them.
        """
        name = url.removeprefix(_FOLDER)
        if name not in _FILES:
            raise ConfigurationError(f"The register is not described by {name}.")
        return (files(__package__) / name).read_bytes()


class Description:
    """Makes questions and reads answers as the description says. Safe to share between threads.

    Zeep is untyped, and what it is given and gives goes no further than this module.

    Raises:
        ConfigurationError: zeep is not installed.
    """

    def __init__(self) -> None:
        self._zeep = _zeep()
        self._transport = OnlyOurFiles()
        # An answer may hold more than is described; strict would refuse it. What zeep is given to
        # read has been parsed and written anew by us, so leniency about form changes nothing.
        self._settings = self._zeep.Settings(strict=False, forbid_dtd=True, forbid_external=True)
        self._document = self._zeep.wsdl.Document(
            f"{_FOLDER}oppslagstjenesten.wsdl", self._transport, settings=self._settings
        )

    def make(self, plugin: object, operation: str, arguments: dict[str, Any]) -> None:
        """Make a question and hand it to the plugin's `egress`."""
        client = self._client(plugin)
        service = client.create_service(names.BINDING, "")
        client.create_message(service, operation, **arguments)

    def read(self, plugin: object, operation: str, content: bytes) -> Any:
        """Read an answer after the plugin's `ingress` has had it, as plain lists, dicts and text.

        Raises:
            UnreadableAnswerError: it is not as described.
        """
        binding = self._document.bindings[names.BINDING]
        client = self._client(plugin)
        try:
            found = binding.process_reply(client, binding.get(operation), _Reply(content))
            return self._zeep.helpers.serialize_object(found, dict)
        except self._zeep.exceptions.Error:
            # The words may repeat what the answer says of people.
            raise UnreadableAnswerError("The answer of the contact register is garbled.") from None

    def _client(self, plugin: object) -> Any:
        return self._zeep.Client(
            self._document, transport=self._transport, plugins=[plugin], settings=self._settings
        )


class _Reply:
    """As much of an HTTP response as zeep reads. The headers are kept from it: no multipart."""

    status_code: Final = 200
    encoding: Final = "utf-8"

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.headers: dict[str, str] = {}


def _zeep() -> Any:
    try:
        for name in ("zeep.exceptions", "zeep.helpers", "zeep.wsdl"):
            importlib.import_module(name)
        return importlib.import_module("zeep")
    except ImportError as error:
        raise ConfigurationError(
            "The contact register is asked over SOAP with zeep, which is not installed.",
            remedy="Install: pip install 'sikker-digital-post[soap]', or ask over REST.",
        ) from error
