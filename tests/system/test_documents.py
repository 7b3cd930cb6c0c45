"""Every example of the two source documents, in their order, by every way that they may come."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from people import Person, ok, sign_up, unique, until

DOCUMENTS = {
    name: json.loads((Path(__file__).parent / "documents" / f"{name}.json").read_text())
    for name in ("khatma", "meditation")
}
WAYS = [
    (name, prefix, slash)
    for name, document in DOCUMENTS.items()
    for prefix in [document["prefix"], *document["aliases"]]
    for slash in (True, False)
]


@dataclass
class Telling:
    """One run through a document: who takes part, and what earlier answers gave."""

    http: httpx.Client
    prefix: str
    slash: bool
    tag: str
    crowd: list[Person]
    people: dict[str, Person] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)
    first: str = ""

    def renamed(self, text: str) -> str:
        """The text with this run's own people: a name and an address are taken only once."""
        text = re.sub(r"\b(testuser|ali)@", rf"\1-{self.tag}@", text)
        return re.sub(r'"testuser"', f'"testuser-{self.tag}"', text)

    def filled(self, text: str) -> str:
        """The text with what earlier answers gave."""
        return re.sub(r"<(\w+)>", lambda found: str(self.saved[found[1]]), text)

    def path(self, example: dict[str, Any]) -> str:
        path = self.prefix + self.filled(example["path"])
        if not self.slash:
            path = path.rstrip("/")
        return f"{path}?{example['query']}" if "query" in example else path

    def send(self, example: dict[str, Any]) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        if "as" in example:
            headers["Authorization"] = f"Bearer {self.person(example['as']).access}"
        content = None
        if "text" in example:
            content = example["text"]
        elif "body" in example:
            content = self.filled(self.renamed(json.dumps(example["body"])))
        if content is None:
            del headers["Content-Type"]
        return self.http.request(
            example["method"], self.path(example), headers=headers, content=content
        )

    def person(self, name: str) -> Person:
        if name not in self.people:
            self.people[name] = sign_up(self.http, name.title())
        return self.people[name]

    def note(self, example: dict[str, Any], answer: httpx.Response) -> None:
        """Keep what later examples need of an answer."""
        document = answer.json() if answer.content else None
        if example["path"] in ("/accounts/register/", "/signup/") and answer.status_code == 201:
            body = json.loads(self.renamed(json.dumps(example["body"])))
            self.first = body.get("username", body.get("fullname", "")).split("-")[0].split()[0]
            self.first = self.first.lower()
            self.people[self.first] = Person(self.http, body["email"], body["password"])
        for name, place in example.get("saves", {}).items():
            self.saved[name] = at(document, place)
            if name == "access":
                self.people[self.first].access = self.saved[name]
        if "ends" in example:
            ended = self.people[example["ends"]]
            until(lambda: ended.get("/api/user/me/").status_code == 401, "the end of a session")
            ended.log_in()


def at(document: Any, place: str) -> Any:
    """What stands at a place such as `results.0.id`."""
    for step in place.split("."):
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def check_shape(documented: Any, answered: Any, place: str = "answer") -> None:
    """Check that an answer has at least the documented fields, of the documented types."""
    if isinstance(documented, dict):
        assert isinstance(answered, dict), place
        for name, value in documented.items():
            assert name in answered, f"{place}.{name} is missing"
            check_shape(value, answered[name], f"{place}.{name}")
    elif isinstance(documented, list):
        assert isinstance(answered, list), place
        for each in answered if documented else []:
            check_shape(documented[0], each, f"{place}[]")
    elif isinstance(documented, bool | str):
        assert isinstance(answered, type(documented)), f"{place} is {answered!r}"
    elif isinstance(documented, int | float):
        assert isinstance(answered, int | float), f"{place} is {answered!r}"
        assert not isinstance(answered, bool), place


def prepare(telling: Telling, example: dict[str, Any]) -> None:
    """Bring about what a document takes for granted."""
    if "after_members" in example:
        khatma = telling.saved["khatma_id"]
        for person in telling.crowd[: example["after_members"] - 1]:
            person.join(khatma)
    if example.get("waits_for_results"):
        person = telling.people[example["as"]]
        until(lambda: person.notifications("khatma_joined"), "a notification")


@pytest.mark.parametrize(("name", "prefix", "slash"), WAYS)
def test_every_example_answers_as_documented(
    http: httpx.Client, crowd: list[Person], name: str, prefix: str, slash: bool
) -> None:
    telling = Telling(http, prefix, slash, unique("run"), crowd)
    for example in DOCUMENTS[name]["examples"]:
        prepare(telling, example)
        answer = telling.send(example)
        said = f"{example['title']}: {answer.status_code} {answer.text}"
        assert answer.status_code == example["status"], said
        assert not answer.is_redirect, said
        telling.note(example, answer)
        if "answer" not in example:
            continue
        check_shape(example["answer"], answer.json())
        for place in example.get("exact", []):
            expected = at(example["answer"], place)
            if isinstance(expected, str):
                expected = json.loads(telling.renamed(json.dumps(expected)))
            assert at(answer.json(), place) == expected, f"{place}: {said}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_contradictions_of_the_documents_are_explained(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "documents.md").read_text()
    for example in DOCUMENTS[name]["examples"]:
        if "contradiction" in example:
            assert example["contradiction"] in page


def test_the_aliases_stay_out_of_the_description(http: httpx.Client) -> None:
    paths = ok(http.get("/openapi.json"))["paths"]
    assert "/api/khatmas/" in paths
    assert not [path for path in paths if path.startswith(("/api/api/", "/khatmas", "/user"))]
