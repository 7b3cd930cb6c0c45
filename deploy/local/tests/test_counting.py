"""What `make test` counts and names, also where pytest itself breaks."""

import os
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sakina_local import test_run
from sakina_local.test_run import Outcome, Run

PASSES = "def test_one(): pass\n"


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Begin to run a package whose one file of tests holds what is written."""
    monkeypatch.setattr(test_run, "ROOT", tmp_path)

    def begin(written: str, *, above: bool = False) -> Run:
        package = tmp_path / "tests" / "package"
        package.mkdir(parents=True)
        (package / "test_it.py").write_text(written)
        settings = package.parent if above else package
        (settings / "pytest.ini").write_text("[pytest]\n")
        return Run(package, tmp_path, {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})

    return begin


@pytest.fixture
def run(begun: Callable[..., Run]) -> Callable[..., Run]:
    """Run it to its end."""

    def ended(written: str, *, above: bool = False) -> Run:
        run = begun(written, above=above)
        while not run.ended():
            time.sleep(0.01)
        return run

    return ended


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
    run: Callable[..., Run], written: str, counted: Outcome
) -> None:
    ran = run(written)
    assert ran.outcome() == counted
    assert len(ran.failures()) == counted.failed


@pytest.mark.parametrize(
    ("written", "named", "why"),
    [
        (f"{PASSES}def test_two(): assert False", "test_it.py::test_two", ""),
        (
            "import pytest\n@pytest.mark.parametrize('a', ['x y', \"it's; $HOME\", 'ü::[1]'])\n"
            "def test_two(a): assert 'x' in a",
            "test_it.py::test_two[it's; $HOME]",
            "",
        ),
        ("class TestIt:\n  def test_two(self): assert False", "test_it.py::TestIt::test_two", ""),
        ("def test_two(missing_fixture): pass", "test_it.py::test_two", ""),
        (f"{PASSES}import os\ndef test_two(): os._exit(4)", "test_it.py::test_two", "with 4"),
        (f"{PASSES}import os\ndef test_two(): os.kill(os.getpid(), 9)", "::test_two", "signal 9"),
        (f"{PASSES}def test_two(:", "test_it.py", ""),
        ("import nothing_of_that_name", "test_it.py", ""),
        ("", "", "with 5"),
    ],
    ids=["fails", "quotes", "class", "fixture", "exit", "crash", "no syntax", "no import", "none"],
)
def test_a_failure_is_named_with_the_command_that_repeats_it(
    tmp_path: Path, run: Callable[..., Run], written: str, named: str, why: str
) -> None:
    ran = run(written)
    line = ran.failures()[0].removeprefix("✗ ")
    command, _, remark = line.partition("  # ")
    assert shlex.split(command)[-1].endswith(named)
    assert why in remark

    again = subprocess.run(
        command,
        check=False,
        shell=True,
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert again.returncode == ran.process.returncode % 256 or why == "signal 9"
    assert "1 passed" not in again.stdout


def test_a_failure_is_named_as_seen_from_where_the_command_runs(run: Callable[..., Run]) -> None:
    (line,) = run("def test_one(): assert False", above=True).failures()
    assert line.startswith("✗ cd tests/package && ")
    assert line.endswith(" test_it.py::test_one")


def test_a_test_that_hangs_is_named(
    begun: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = begun(f"{PASSES}import time\ndef test_two(): time.sleep(600)")
    while "test_two" not in ran._at_work():
        assert not ran.ended()
        time.sleep(0.01)
    monkeypatch.setattr(test_run, "LIMIT_SECONDS", 0)
    assert ran.ended()
    assert ran.outcome() == Outcome(failed=1)
    (line,) = ran.failures()
    assert "test_it.py::test_two  # took more than 0 s" in line


def test_what_was_left_out_is_said_once_for_each_reason(run: Callable[..., Run]) -> None:
    ran = run(
        "import pytest\n"
        "def test_one(): pytest.skip('Node.js is missing: install it.')\n"
        "def test_two(): pytest.skip('Node.js is missing: install it.')\n"
        "@pytest.mark.xfail(reason='not served yet')\n"
        "def test_three(): assert False\n"
    )
    said = [line.partition(ran.name)[2].strip() for line in ran.left_out()]
    assert said == ["2 left out: Node.js is missing: install it.", "1 left out: not served yet"]
    assert not ran.failures()
