"""The two clients have the same surface, word for word."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from sdp.async_client import AsyncClient
from sdp.client import Client

_AWAITED = {
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
}


def methods(of: type) -> dict[str, Callable[..., Any]]:
    return {
        name: found
        for name, found in inspect.getmembers(of, inspect.isfunction)
        if not re.match(r"_[^_]", name)
    }


def arguments(function: Callable[..., Any]) -> list[tuple[str, object, str]]:
    def written(parameter: inspect.Parameter) -> str:
        return (
            str(parameter.annotation)
            .replace("Awaitable[None]", "None")
            .replace("AsyncTransport", "Transport")
        )

    return [
        (each.name, each.kind, written(each))
        for each in inspect.signature(function).parameters.values()
    ]


def returned(function: Callable[..., Any]) -> str:
    return str(inspect.signature(function).return_annotation).replace("AsyncGenerator", "Generator")


def test_the_methods_have_the_same_names() -> None:
    ours = {_AWAITED.get(name, name) for name in methods(Client)}
    assert ours == set(methods(AsyncClient))


@pytest.mark.parametrize("name", methods(Client))
def test_each_method_has_the_same_parameters_and_result(name: str) -> None:
    blocking, waiting = methods(Client)[name], methods(AsyncClient)[_AWAITED.get(name, name)]
    assert arguments(blocking) == arguments(waiting)
    assert returned(blocking) == returned(waiting)


@pytest.mark.parametrize("name", [name for name in methods(Client) if name[0] != "_"])
def test_each_method_of_the_async_client_says_what_it_does_and_where_to_read_on(name: str) -> None:
    waiting = methods(AsyncClient)[name].__doc__ or ""
    first, blocking = waiting.split(". ")[0], (methods(Client)[name].__doc__ or "")
    assert f"`Client.{name}`" in waiting
    assert first.split()[0] == blocking.split()[0]
    assert inspect.isasyncgenfunction(methods(AsyncClient)[name]) or inspect.iscoroutinefunction(
        methods(AsyncClient)[name]
    )
