"""Every field of a public value is described, where editors and programs look for it."""

from __future__ import annotations

import inspect

import pytest
from pydantic import BaseModel

import sdp

MODELS = sorted(
    (
        value
        for name in sdp.__all__
        if isinstance(value := getattr(sdp, name), type) and issubclass(value, BaseModel)
    ),
    key=lambda model: model.__name__,
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_has_a_description_in_a_whole_sentence(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        text = field.description
        assert text, f"{model.__name__}.{name}"
        assert text[0].isupper() or not text[0].isalpha(), f"{model.__name__}.{name}: {text}"
        assert text.endswith("."), f"{model.__name__}.{name}: {text}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_value_has_a_text_of_its_own(model: type[BaseModel]) -> None:
    assert model.__doc__ is not None
    assert model.__doc__ != BaseModel.__doc__


def test_a_field_of_a_class_above_has_the_text_it_has_there() -> None:
    assert (
        sdp.DigitalForsendelse.model_fields["avsender"].description
        == sdp.Forsendelse.model_fields["avsender"].description
        == "The organisation the letter is from."
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_help_shows_every_field(model: type[BaseModel]) -> None:
    text = inspect.getdoc(model) or ""
    assert set(inspect.signature(model).parameters) == set(model.model_fields)
    for name in model.model_fields:
        assert f"\n    {name}: " in text
