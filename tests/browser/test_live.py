"""The page /live in a real browser: each scenario of the folder `live`, by playwright-core."""

from pathlib import Path

import pytest

from sakina_local import node

FOLDER = Path(__file__).parent / "live"
SCENARIOS = sorted(file.stem for file in FOLDER.glob("*.mjs") if file.stem not in ("run", "stage"))


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    if missing := node.missing():
        pytest.skip(missing)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_scenario_comes_out(scenario: str, url: str, chromium: str) -> None:
    node.run("node", FOLDER / "run.mjs", scenario, url, chromium)
