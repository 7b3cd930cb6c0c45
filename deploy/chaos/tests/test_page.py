"""The page: the figures of a run in their place, and the rest of it untouched."""

from pathlib import Path

import pytest

from sakina_chaos import page
from sakina_chaos.checker import Finding
from sakina_chaos.run import Outcome


def outcome(*findings: Finding) -> Outcome:
    def answered(at: float) -> dict[str, object]:
        return {"kind": "answered", "at": at, "key": "a", "status": 201, "seconds": 0.2}

    lines = [
        {"kind": "bounds", "at": 0.0},
        {"kind": "asked", "at": 1.0, "key": "a", "who": 7, "act": "session"},
        answered(2.0),
        answered(9.5),
        answered(10.0),
        {"kind": "skipped", "at": 11.0, "name": "disk full", "on": "broker", "why": "not here"},
        {"kind": "fault", "at": 8.0, "name": "away", "on": "broker", "begun": 3.0, "mended": 6.0},
    ]
    return Outcome(Path("log"), lines, list(findings))


def test_it_tells_how_long_nothing_was_done_and_what_was_skipped() -> None:
    said = page.text(outcome(), seed=4711)
    assert "`SEED=4711`" in said
    assert "| away | broker | 1 | 3.0 | 2.0 | 2.0 | 7.5 |" in said
    assert "**skipped**: disk full of the broker, since not here" in said
    assert "| lost | 0 |" in said


def test_what_was_found_is_told_by_its_name() -> None:
    said = page.text(outcome(Finding("lost", "one"), Finding("lost", "another")), seed=1)
    assert "| lost | 2 |" in said
    assert "| duplicated | 0 |" in said


def test_only_the_figures_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "reliability.md"
    begin, end = "<!-- written by make chaos -->", "<!-- until here -->"
    file.write_text(f"before\n\n{begin}\n\nold figures\n\n{end}\n\nafter\n")
    monkeypatch.setattr(page, "PAGE", file)
    page.write(outcome(), seed=1)
    page.write(outcome(), seed=2)
    said = file.read_text()
    assert said.startswith(f"before\n\n{begin}\n")
    assert said.endswith(f"{end}\n\nafter\n")
    assert "`SEED=2`" in said
    assert "old figures" not in said
    assert "`SEED=1`" not in said
