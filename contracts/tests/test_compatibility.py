"""What a change of a schema would take from those who read its events, however deep it lies."""

import copy
import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from contracts import generate
from contracts.catalogue import EVENTS
from contracts.compatibility import breaks

SCHEMAS = generate.ROOT / "schemas" / "events"


def committed(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return schema


def losses(old: type[BaseModel], new: type[BaseModel]) -> list[str]:
    return breaks(
        old.model_json_schema(mode="serialization"), new.model_json_schema(mode="serialization")
    )


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_schema_that_did_not_change_breaks_nobody(name: str) -> None:
    assert breaks(committed(name), committed(name)) == []


def test_adding_a_field_breaks_nobody() -> None:
    old = committed("khatma.part_completed.v1")
    new = copy.deepcopy(old)
    new["properties"]["data"]["properties"]["pages"] = {"type": "integer"}
    assert breaks(old, new) == []


@pytest.mark.parametrize(
    ("edit", "loss"),
    [
        (lambda data: data["properties"].pop("done"), "data.done is gone"),
        (lambda data: data["required"].remove("done"), "data.done is no longer required"),
        (lambda data: data["properties"]["done"].update(type="string"), "data.done.type changed"),
        (
            lambda data: data["properties"]["other_members"]["items"].update(type="string"),
            "data.other_members[].type changed",
        ),
        (lambda data: data["properties"]["done"].update(minimum=5), "data.done.minimum changed"),
        (lambda data: data["properties"]["done"].update(maximum=3), "data.done.maximum changed"),
        (lambda data: data["properties"]["member"].pop("maximum"), "data.member.maximum changed"),
        (
            lambda data: data["properties"]["other_members"]["items"].update(maximum=9),
            "data.other_members[].maximum changed",
        ),
        (
            lambda data: data["properties"]["other_members"].update(maxItems=3),
            "data.other_members.maxItems changed",
        ),
        (lambda data: data.update(additionalProperties=False), "data.additionalProperties changed"),
    ],
)
def test_a_breaking_change_is_named(edit: Callable[[dict[str, Any]], Any], loss: str) -> None:
    old = committed("khatma.part_completed.v1")
    new = copy.deepcopy(old)
    edit(new["properties"]["data"])
    assert loss in breaks(old, new)


class Deed(BaseModel):
    chapter: int
    by: int


class LesserDeed(BaseModel):
    chapter: int


class OtherDeed(BaseModel):
    chapter: Annotated[int, Field(le=30)]
    by: int


class GreaterDeed(Deed):
    pages: int = 0


class Place(BaseModel):
    city: str


def holding(kind: Any, **fields: Any) -> type[BaseModel]:
    """A model whose one field, `deed`, is of `kind`."""
    annotations = {"deed": kind, **fields}
    return type("Held", (BaseModel,), {"__annotations__": annotations, "__module__": __name__})


WRAPPED: list[tuple[str, Callable[[Any], Any]]] = [
    ("deed", lambda kind: kind),
    ("deed[]", lambda kind: list[kind]),
    ("deed[][]", lambda kind: list[list[kind]]),
    ("deed", lambda kind: kind | None),
    ("deed", lambda kind: Place | kind | None),
    ("deed[]", lambda kind: list[kind] | None),
    ("deed[]", lambda kind: list[kind | None]),
    ("deed{}", lambda kind: dict[str, kind]),
    ("deed[0]", lambda kind: tuple[kind, int]),
]


@pytest.mark.parametrize(("where", "wrap"), WRAPPED)
def test_a_loss_is_seen_wherever_it_lies(where: str, wrap: Callable[[Any], Any]) -> None:
    deed = holding(wrap(Deed))
    assert losses(deed, deed) == []
    lesser = type("Deed", (LesserDeed,), {"__module__": __name__})
    assert f"{where}.by is gone" in losses(deed, holding(wrap(lesser)))
    bounded = type("Deed", (OtherDeed,), {"__module__": __name__})
    assert f"{where}.chapter.maximum changed" in losses(deed, holding(wrap(bounded)))


@pytest.mark.parametrize(("where", "wrap"), WRAPPED)
def test_an_optional_field_may_be_added_wherever_it_lies(
    where: str, wrap: Callable[[Any], Any]
) -> None:
    greater = type("Deed", (GreaterDeed,), {"__module__": __name__})
    assert losses(holding(wrap(Deed)), holding(wrap(greater))) == []


def test_alternatives_may_neither_come_nor_go() -> None:
    one, two = holding(Deed | None), holding(Deed | Place | None)
    assert losses(one, two) == ["deed.anyOf changed"]
    assert losses(two, one) == ["deed.anyOf changed"]
    assert losses(holding(Deed), one) != []
    assert losses(one, holding(Deed)) != []


def test_the_order_of_alternatives_is_nobodys_loss() -> None:
    assert losses(holding(Deed | Place), holding(Place | Deed)) == []


def test_a_field_that_old_events_lack_may_not_be_required_of_new_ones() -> None:
    assert losses(holding(Deed), holding(Deed, at=int)) == [
        "at is required now, and old events lack it"
    ]
    optional = type("Later", (holding(Deed),), {"__annotations__": {"at": int}, "at": 0})
    assert losses(holding(Deed), optional) == []


def test_enumerations_of_what_is_announced_stay() -> None:
    two, three = holding(Literal["a", "b"]), holding(Literal["a", "b", "c"])
    assert losses(two, three) == ["deed.enum changed"]
    assert losses(three, two) == ["deed.enum changed"]


class Tree(BaseModel):
    branches: "list[Tree]"
    leaf: int


def test_a_schema_that_holds_itself_is_compared_to_its_end() -> None:
    old = holding(Tree).model_json_schema(mode="serialization")
    assert breaks(old, old) == []
    new = copy.deepcopy(old)
    del new["$defs"]["Tree"]["properties"]["leaf"]
    assert breaks(old, new) == ["deed.leaf is gone"]


def test_words_about_a_field_are_no_part_of_what_travels() -> None:
    old = committed("khatma.part_completed.v1")
    new = copy.deepcopy(old)
    new["properties"]["data"]["properties"]["done"] |= {"description": "Said anew.", "title": "D"}
    assert breaks(old, new) == []
