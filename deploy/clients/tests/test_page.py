"""docs/clients.md shows what is tested, letter by letter, and stays short."""

import re
from pathlib import Path

import pytest

from sakina_local.checkout import ROOT

PAGE = (ROOT / "docs" / "clients.md").read_text()
USES = Path(__file__).parent / "uses"


@pytest.mark.parametrize(("language", "file"), [("python", "ten_lines.py"), ("ts", "ten_lines.ts")])
def test_the_page_shows_lines_of_a_tested_file(language: str, file: str) -> None:
    (shown,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)
    (tested,) = re.findall(
        r"^[#/]+ ten lines\n(.*)^ *[#/]+ that is all$", (USES / file).read_text(), re.M | re.S
    )
    assert shown == tested
