"""The faults that the checker is proved by: each can still be planted, by a name that there is."""

import re
from pathlib import Path

import pytest

from sakina_chaos.checker import NAMES, Finding
from sakina_chaos.planted import PLANS, Planted, planned


@pytest.mark.parametrize("fault", planned(), ids=lambda fault: fault.says)
def test_each_can_be_planted(fault: Planted, tmp_path: Path) -> None:
    folders = fault.plant(tmp_path).split(":")
    assert all(any(Path(folder).rglob("*.py")) for folder in folders)
    for edit in fault.edit:
        changed = tmp_path / edit["package"] / edit["package"] / edit["file"]
        compile(changed.read_text(), changed, "exec")
    assert fault.plan in PLANS
    assert fault.finds in NAMES
    re.compile(fault.about)


def test_another_name_or_another_matter_is_no_proof() -> None:
    fault = Planted("no command ids", "nothing", "duplicated", "session .* is there")
    assert fault.is_found([Finding("duplicated", "session 7-1 of 7 is there 2 times")])
    assert not fault.is_found([Finding("lost", "session 7-1 of 7 is there 2 times")])
    assert not fault.is_found([Finding("duplicated", "the feed of 7 showed it 2 times")])
