"""The requests of both source documents, in their order, as one person after another sends them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sakina_local.checkout import ROOT

_FOLDER = ROOT / "tests" / "system" / "documents"
_NAMES = ("meditation", "khatma")
_PASSWORD = "A-quiet-place-7"  # noqa: S105 - of people made up for the occasion


@dataclass(frozen=True)
class Example:
    """A request as a document shows it, and what it says of the answer.

    `person` sends it, with their access token if it is `closed`. `text` is the body. `saves` and
    `exact` name places in the answer, such as `results.0.id`: what they hold is kept under a name,
    or must be this value. `waits` for an answer whose `results` are not empty.
    """

    title: str
    method: str
    path: str
    query: str
    person: str
    closed: bool
    text: str | None
    status: int
    saves: dict[str, str] = field(default_factory=dict)
    exact: dict[str, Any] = field(default_factory=dict)
    waits: bool = False


def source_documents() -> dict[str, list[Example]]:
    """Return the title and the examples of each source document."""
    return {
        document["document"]: list(_told(document))
        for document in (json.loads((_FOLDER / f"{name}.json").read_text()) for name in _NAMES)
    }


def _told(document: dict[str, Any]) -> Iterator[Example]:
    """The examples, with what the document takes for granted: others' accounts, a new login."""
    narrator = document["people"][0]
    known = {narrator}
    login: Example | None = None
    for entry in document["examples"]:
        example = _example(document["prefix"], narrator, entry)
        if example.person not in known:
            known.add(example.person)
            yield from _arrival(document["prefix"], example.person)
        yield example
        if "access" in example.saves:
            login = example
        if "ends" in entry and login is not None:
            again = {**login.__dict__, "title": "Log in again, since logging out ended the token"}
            yield Example(**again)


def _example(prefix: str, narrator: str, entry: dict[str, Any]) -> Example:
    answer = entry.get("answer")
    text = entry.get("text")
    if "body" in entry:
        text = json.dumps(entry["body"], ensure_ascii=False, indent=2)
    # The part that falls to somebody depends on how many came before.
    exact = [] if "after_members" in entry else entry.get("exact", [])
    saves = dict(entry.get("saves", {}))
    if isinstance(answer, dict) and "access" in answer:
        saves["access"] = "access"
    return Example(
        title=entry["title"].partition(": the seventh")[0],
        method=entry["method"],
        path=prefix + entry["path"],
        query=entry.get("query", ""),
        person=entry.get("as", narrator),
        closed="as" in entry,
        text=text,
        status=entry["status"],
        saves=saves,
        exact={place: at(answer, place) for place in exact},
        waits=entry.get("waits_for_results", False),
    )


def _arrival(prefix: str, person: str) -> Iterator[Example]:
    account = {"email": f"{person}@example.com", "password": _PASSWORD}
    for title, path, status, body, saves in (
        ("signs up", "/signup/", 201, {"fullname": person.title(), **account}, {}),
        ("logs in", "/login/", 200, account, {"access": "access"}),
    ):
        text = json.dumps(body, indent=2)
        name = f"Before: another person {title}"
        yield Example(name, "POST", prefix + path, "", person, False, text, status, saves)


def at(document: Any, place: str) -> Any:
    """Return what stands at a place such as `results.0.id`."""
    for step in place.split("."):
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document
