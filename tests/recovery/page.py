"""The commands of docs/operations.md, as who reads the page gives them."""

import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations.md"


def commands(heading: str, instead: Mapping[str, str]) -> str:
    """Return the first block of commands under `heading`, for bash.

    Args:
        heading: The whole line.
        instead: What stands there for something of the reader's own, and what it is here.
    """
    page = PAGE.read_text()
    assert f"\n{heading}\n" in page, heading
    section = page.partition(f"\n{heading}\n")[2]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found, f"no commands under {heading}"
    block = found[1]
    for said, given in instead.items():
        assert said in block, f"{said} is not under {heading}"
        block = block.replace(said, given)
    return block
