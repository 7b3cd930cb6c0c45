"""The AsyncAPI project's own parser takes the document of events, and would say if it did not."""

import json
from pathlib import Path
from typing import Any

import pytest

from sakina_local import node
from sakina_local.checkout import ROOT
from sakina_local.problems import Problem

DOCUMENT = ROOT / "docs" / "asyncapi.json"


@pytest.fixture(autouse=True)
def _tools() -> None:
    if missing := node.missing():
        pytest.skip(missing)


def test_the_parser_takes_it() -> None:
    assert node.run("node", "asyncapi.mjs", DOCUMENT) == ""


def test_the_parser_complains_of_a_channel_that_is_not_there(tmp_path: Path) -> None:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text())
    del document["channels"]["khatma.created.v1"]
    broken = tmp_path / "asyncapi.json"
    broken.write_text(json.dumps(document))
    with pytest.raises(Problem, match=r"khatma\.created\.v1"):
        node.run("node", "asyncapi.mjs", broken)
