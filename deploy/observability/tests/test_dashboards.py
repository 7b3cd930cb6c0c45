"""The dashboards: files that are as the code says, and that Grafana finds."""

import itertools
import json
from typing import Any

import pytest
import yaml

from sakina_observability.dashboards import DASHBOARDS, FOLDER, text_of
from sakina_observability.panels import SOURCE, WIDTH, Dashboard

by_name = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.uid)
PROVISIONING = FOLDER.parent / "provisioning"


@by_name
def test_a_file_is_as_the_code_says(dashboard: Dashboard) -> None:
    file = FOLDER / f"{dashboard.uid}.json"
    assert file.read_text() == text_of(dashboard), "make docs writes it"


def test_there_is_no_other_file() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == {each.uid for each in DASHBOARDS}


@by_name
def test_panels_are_told_apart_and_lie_side_by_side(dashboard: Dashboard) -> None:
    panels = dashboard.to_json()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = list(itertools.chain.from_iterable(map(_cells, panels)))
    assert len(set(cells)) == len(cells), "none covers another"
    assert max(x for x, _ in cells) < WIDTH


def _cells(panel: dict[str, Any]) -> list[tuple[int, int]]:
    at = panel["gridPos"]
    return list(
        itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"]))
    )


@by_name
def test_each_query_asks_the_source_that_is_provisioned(dashboard: Dashboard) -> None:
    said = yaml.safe_load((PROVISIONING / "datasources" / "sources.yml").read_text())
    sources = {(each["type"], each["uid"]) for each in said["datasources"]}
    assert (SOURCE["type"], SOURCE["uid"]) in sources
    for panel in json.loads(text_of(dashboard))["panels"]:
        for target in panel.get("targets", []):
            assert (target["datasource"]["type"], target["datasource"]["uid"]) in sources
