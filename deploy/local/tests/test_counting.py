"""What `make test` counts, also where pytest itself breaks."""

import os
from pathlib import Path

import pytest

from sakina_local import test_run
from sakina_local.test_run import Outcome, Run


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        ("def test_one(): pass\ndef test_two(): pass", Outcome(passed=2)),
        ("def test_one(): pass\ndef test_two(): assert False", Outcome(passed=1, failed=1)),
        (
            "import pytest\n@pytest.mark.skip\ndef test_one(): pass\ndef test_two(): pass",
            Outcome(passed=1, skipped=1),
        ),
        ("def test_one(: pass", Outcome(failed=1)),
        ("import nothing_of_that_name", Outcome(failed=1)),
        ("def test_one(missing_fixture): pass", Outcome(failed=1)),
        ("import os\ndef test_one(): os._exit(0)", Outcome(failed=1)),
        ("import os\ndef test_one(): os._exit(4)", Outcome(failed=1)),
        ("", Outcome(failed=1)),
    ],
    ids=[
        "passes",
        "fails",
        "skips",
        "no syntax",
        "no import",
        "no fixture",
        "exit",
        "dies",
        "none",
    ],
)
def test_every_way_to_break_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, counted: Outcome
) -> None:
    monkeypatch.setattr(test_run, "ROOT", tmp_path)
    package = tmp_path / "package"
    package.mkdir()
    (package / "test_it.py").write_text(written)
    (package / "pytest.ini").write_text("[pytest]\n")
    run = Run(package, tmp_path, {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    run.process.wait()
    assert run.ended()
    assert run.outcome() == counted
