"""The letters that witnesses look at hold everything that the domain can say."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic.fields import FieldInfo

from sdp._model import Model
from sdp.domain import (
    ALLOWED_MIME_TYPES,
    Arrangement,
    Bevis,
    BytesKilde,
    DigitalForsendelse,
    FysiskForsendelse,
    Lenke,
    PathKilde,
    StreamKilde,
)
from sdp.domain.metadata import Metadatadokument
from sdp.testmiljo import Testmiljo
from tests.e2e.client.conftest import Letters
from tests.interop.letters import VARIANTS

_KILDER = {PathKilde, BytesKilde, StreamKilde}

Place = tuple[type[Model], str]


@pytest.fixture(scope="module")
def said() -> dict[Place, set[Any]]:
    """What each field of each model holds somewhere, as cases such as `cases` tells them."""
    found: dict[Place, set[Any]] = {}
    with Testmiljo.start() as miljo:
        for variant in VARIANTS:
            for model in _models(variant.write(Letters(miljo))):
                for name, field in type(model).model_fields.items():
                    place = (type(model), name)
                    found.setdefault(place, set()).update(_cases_of(getattr(model, name), field))
    return found


def test_every_field_is_given_in_every_way_it_can_be(said: dict[Place, set[Any]]) -> None:
    wanted = {
        (model, name): set(_cases(field)) - {Bevis}
        for model in _reachable(DigitalForsendelse, FysiskForsendelse)
        for name, field in model.model_fields.items()
    }

    missing = {
        f"{model.__name__}.{name}": sorted(map(str, cases - said.get((model, name), set())))
        for (model, name), cases in wanted.items()
        if not _is_read_by_nobody_there(model, name)
    }
    # The country stands on the second line where no other does: the printer prints it nowhere else.
    assert missing.pop("UtenlandskAdresse.adresselinje2") == ["<class 'NoneType'>"]
    assert {place: cases for place, cases in missing.items() if cases} == {}


def _is_read_by_nobody_there(model: type, name: str) -> bool:
    """Tell of what Java has no reader for: the purpose is in no message, a Bevis in no class."""
    return model.__module__ == "sdp.domain.bevis" or name in {"formaal", "tross_reservasjon"}


def test_every_type_of_document_and_each_source_of_bytes_occurs() -> None:
    with Testmiljo.start() as miljo:
        letters = [variant.write(Letters(miljo)) for variant in VARIANTS]
    documents = [each for letter in letters for each in letter.dokumentpakke.dokumenter]

    assert {each.mime_type for each in documents} == ALLOWED_MIME_TYPES
    assert {type(each.kilde) for each in documents} == _KILDER
    streams = [each.kilde for each in documents if isinstance(each.kilde, StreamKilde)]
    assert {stream.size() is None for stream in streams} == {True, False}


def test_each_kind_of_metadata_stands_on_a_letter_and_on_an_attachment() -> None:
    with Testmiljo.start() as miljo:
        packages = [variant.write(Letters(miljo)).dokumentpakke for variant in VARIANTS]
    on_letters = {type(package.hoveddokument.metadata) for package in packages}
    on_attachments = {type(each.metadata) for package in packages for each in package.vedlegg}

    assert on_letters == on_attachments == {Lenke, Arrangement, type(None)}


def _models(value: object) -> Iterator[Model]:
    """A value with all the models inside it."""
    if isinstance(value, Model):
        yield value
        for name in type(value).model_fields:
            yield from _models(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _models(each)


def _reachable(*models: type[Model]) -> set[type[Model]]:
    """The models that these are made of."""
    found: set[type[Model]] = set()
    waiting = list(models)
    while waiting:
        model = waiting.pop()
        if model in found:
            continue
        found.add(model)
        for field in model.model_fields.values():
            waiting += [each for each in _parts(field.annotation) if _is_model(each)]
    return found


def _parts(annotation: Any) -> Iterator[Any]:
    """The plain types that an annotation is made of; None is one."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin in (Union, types.UnionType, tuple):
        for each in get_args(annotation):
            if each is not Ellipsis:
                yield from _parts(each)
    elif annotation is Metadatadokument:
        yield from (Lenke, Arrangement, Bevis)
    else:
        yield annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)


def _is_many(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _is_many(get_args(annotation)[0])
    return get_origin(annotation) is tuple


def _cases(field: FieldInfo) -> Iterable[Any]:
    """The ways in which a field can be given."""
    if _is_many(field.annotation):
        yield from ("one", "several")
        if field.default == ():
            yield "none"
        return
    for part in _parts(field.annotation):
        if isinstance(part, type) and issubclass(part, Enum):
            yield from part
        elif part is bool:
            yield from (True, False)
        elif part in (None, type(None)) or _is_model(part) or part in _KILDER:
            yield part
        else:
            yield "given"
    if isinstance(field.default, str) and not isinstance(field.default, Enum):
        yield "other than usual"


def _cases_of(value: Any, field: FieldInfo) -> Iterable[Any]:
    """The ways in which a field is given here."""
    if isinstance(value, tuple):
        yield {0: "none", 1: "one"}.get(len(value), "several")
    elif isinstance(value, Enum | bool):
        yield value
    elif value is None or isinstance(value, Model) or type(value) in _KILDER:
        yield type(value)
    else:
        yield "given"
        if value != field.default:
            yield "other than usual"
