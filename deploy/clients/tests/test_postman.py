"""The Postman collection: both documents in their order, by newman."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from sakina_clients.examples import source_documents
from sakina_clients.making import DOCUMENT
from sakina_clients.postman import COLLECTION, ENVIRONMENT
from sakina_local import node
from sakina_local.checkout import ROOT

PAGE = ROOT / "docs" / "clients.md"


def folders(made: Path) -> dict[str, list[dict[str, Any]]]:
    collection = json.loads((made / "postman" / COLLECTION).read_text())
    return {folder["name"]: folder["item"] for folder in collection["item"]}


@pytest.mark.usefixtures("with_node")
@pytest.mark.parametrize("document", source_documents())
def test_every_request_of_a_document_answers_as_documented(
    made: Path, url: str, tmp_path: Path, document: str
) -> None:
    """By the command that the page shows."""
    shown = next(line for line in PAGE.read_text().splitlines() if line.startswith("newman run"))
    shown = shown.replace("build/clients", str(made)).replace("Meditation Tracker API", document)
    report = tmp_path / "report.json"
    node.run(
        *shlex.split(shown),
        *("--env-var", f"base_url={url}", "--reporters", "cli,json"),
        *("--reporter-json-export", report),
    )
    run = json.loads(report.read_text())["run"]
    asked = dict.fromkeys(execution["item"]["name"] for execution in run["executions"])
    assert list(asked) == [item["name"] for item in folders(made)[document]]
    assert run["stats"]["assertions"]["total"] > len(asked)
    assert run["failures"] == []


def test_the_collection_has_every_operation_once_at_least(made: Path) -> None:
    described = json.loads(DOCUMENT.read_text())["paths"]
    summaries = {operation["summary"] for item in described.values() for operation in item.values()}
    items = [item for folder in folders(made).values() for item in folder]
    there = {item["request"]["description"].partition(". ")[0] for item in items}
    assert {summary.rstrip("?") for summary in summaries} <= {each.rstrip("?") for each in there}


def test_every_variable_is_in_the_environment(made: Path) -> None:
    environment = json.loads((made / "postman" / ENVIRONMENT).read_text())
    known = {value["key"] for value in environment["values"]}
    used = set(re.findall(r"\{\{(\w+)\}\}", (made / "postman" / COLLECTION).read_text()))
    assert used <= known
