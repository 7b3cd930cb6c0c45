"""The web client's calls, by fetch in a real browser, from a page of another origin."""

from typing import Any
from urllib.parse import urlencode

import pytest
from chromium import told_by
from page_server import served

ROWS = range(1, 16)


@pytest.fixture(scope="module")
def told(chromium: str, url: str) -> dict[int, dict[str, Any]]:
    """What came of each row, in one visit."""
    with served() as page:
        outcome = told_by(chromium, page, urlencode({"gateway": url}))
    return {row["row"]: row for row in outcome}


def test_the_page_makes_the_calls_of_every_row(told: dict[int, dict[str, Any]]) -> None:
    assert list(told) == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_the_row_works_in_a_browser(told: dict[int, dict[str, Any]], row: int) -> None:
    assert told[row]["failure"] is None, told[row]["title"]
