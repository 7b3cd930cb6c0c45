"""`make mutants`: what counts as caught, and that nothing of the checkout is touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sakina_local import faults, mutants
from sakina_local.faults import Fault, Stale
from sakina_local.problems import Problem
from sakina_local.test_run import environment

CODE = "def double(x):\n    return x + x\n\n\ndef half(x):\n    return x / 2\n\n\nUNUSED = 7\n"
TESTS = "from toy import double, half\ndef test_double(): assert double(3) == 6\n"
PYTEST = '[tool.pytest.ini_options]\naddopts = "--import-mode=importlib"\n'
LIST = """
[[fault]]
says = "nothing is doubled"
file = "__init__.py"
find = "x + x"
put = "x"
tests = ["test_toy.py"]

[[fault]]
says = "half is a third"
file = "__init__.py"
find = "2"
put = "3"
tests = ["test_toy.py"]
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose one test sees one of two faults, and no servers."""
    package = tmp_path / "toy"
    (package / "src" / "toy").mkdir(parents=True)
    (package / "src" / "toy" / "__init__.py").write_text(CODE)
    (package / "test_toy.py").write_text(TESTS)
    (package / "pyproject.toml").write_text(PYTEST)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "toy.toml").write_text(LIST)

    @contextmanager
    def workshop() -> Iterator[tuple[Path, dict[str, str]]]:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        variables = environment(scratch / "no parts")
        yield scratch, {**variables, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    monkeypatch.setattr(mutants, "_workshop", workshop)
    monkeypatch.setattr(mutants, "PAGE", tmp_path / "quality.md")
    monkeypatch.setattr(mutants, "SEEN", tmp_path / "seen")
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    monkeypatch.setattr(faults, "ROOT", tmp_path)
    monkeypatch.setattr(faults, "LISTS", tmp_path / "lists")
    for module in (faults, mutants):
        monkeypatch.setattr(module, "PACKAGES", {"toy": package})
    return package


def fault(**said: object) -> Fault:
    usual = {"package": "toy", "says": "it", "file": "__init__.py", "find": "x + x", "put": "x"}
    return Fault(**{**usual, **said})  # type: ignore[arg-type]


def test_what_no_test_sees_is_named_and_counted(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mutants.PAGE.write_text(f"before\n{mutants.BEGIN}\nold\n{mutants.END}\nafter\n")
    assert not mutants.run_mutants(write=True)
    lines = capsys.readouterr().out.splitlines()
    assert any("✗ survived toy       half is a third" in line for line in lines)
    assert any("'2' → '3'" in line for line in lines)
    assert any("✓ caught   toy       nothing is doubled: test_double" in line for line in lines)
    assert lines[-1].startswith("1 of 2 planted faults caught: 50.0 %")
    page = mutants.PAGE.read_text()
    assert "| toy | 2 | 1 |" in page
    assert "- survived: toy, half is a third" in page
    assert "old" not in page
    assert page.startswith("before\n")
    assert page.endswith("after\n")
    assert (toy / "src" / "toy" / "__init__.py").read_text() == CODE
    assert {file.name for file in toy.iterdir()} == {"src", "test_toy.py", "pyproject.toml"}


def test_the_score_of_a_package_leaves_those_of_the_others(toy: Path) -> None:
    others = "| chime | 5 | 4 |\n| toy | 9 | 9 |\n| **all** | **14** | **13** |"
    missed = "- survived: chime, it rings twice\n- survived: toy, old"
    mutants.PAGE.write_text(f"{mutants.BEGIN}\n{others}\n\n{missed}\n{mutants.END}\n")
    mutants.run_mutants("toy", write=True)
    page = mutants.PAGE.read_text()
    assert "| chime | 5 | 4 |\n| toy | 2 | 1 |\n| **all** | **7** | **5** |" in page
    assert "Score: **71.4 %**" in page
    assert "- survived: chime, it rings twice\n- survived: toy, half is a third\n" in page


def test_enough_caught_is_well(toy: Path) -> None:
    (toy / "test_toy.py").write_text(TESTS + "def test_half(): assert half(6) == 3\n")
    assert mutants.run_mutants("toy")


def test_a_stale_fault_is_no_success_however_many_are_caught(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutants, "FLOOR", 0)
    (toy / "src" / "toy" / "__init__.py").write_text(CODE.replace("x / 2", "x // 4"))
    assert not mutants.run_mutants("toy")
    assert "✗ stale" in capsys.readouterr().out


def test_a_fault_that_no_test_can_be_run_with_is_not_caught(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutants, "FLOOR", 0)
    (faults.LISTS / "toy.toml").write_text(LIST.replace('put = "x"', 'put = "(("'))
    assert not mutants.run_mutants("toy")
    assert "✗ broken" in capsys.readouterr().out


def test_tests_that_fail_without_a_fault_prove_nothing(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (toy / "test_toy.py").write_text(TESTS + "def test_other(): assert False\n")
    assert not mutants.run_mutants("toy")
    assert "test_other" in capsys.readouterr().out


@pytest.mark.parametrize(
    "said",
    [
        {"find": "not there"},
        {"find": "return x"},
        {"find": "x / 2", "within": "def third"},
        {"file": "gone.py"},
        {"tests": ["test_gone.py"]},
    ],
    ids=["no text", "twice", "not within", "no file", "no test"],
)
def test_a_fault_whose_text_is_not_there_once_is_stale(toy: Path, said: dict[str, object]) -> None:
    with pytest.raises(Stale):
        fault(**said).planted()


def test_the_first_text_after_another_is_replaced(toy: Path) -> None:
    planted = fault(find="return x", put="return 1", within="def half").planted()
    assert planted == CODE.replace("return x / 2", "return 1 / 2")


def test_some_are_chosen_by_their_words(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.run_mutants("toy", says="doubled")
    assert "1 of 1 planted faults caught" in capsys.readouterr().out
    with pytest.raises(Problem, match="no such fault"):
        mutants.run_mutants("toy", says="tripled")
    assert not mutants.run_mutants("toy", rest=True)
    assert "0 of 1 planted faults caught" in capsys.readouterr().out


def test_some_are_chosen_by_the_tests_that_must_see_them(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (toy / "test_half.py").write_text(
        "from toy import half\ndef test_half(): assert half(6) == 3\n"
    )
    one, other = LIST.rsplit("test_toy.py", 1)
    (faults.LISTS / "toy.toml").write_text(f"{one}test_half.py{other}")
    assert mutants.run_mutants("toy", by="test_half")
    said = capsys.readouterr().out
    assert "half is a third: test_half" in said
    assert "1 of 1 planted faults caught" in said
    with pytest.raises(Problem, match="no such fault"):
        mutants.run_mutants("toy", by="test_third")


def test_no_more_are_tried_at_a_time_than_is_said(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: set[mutants.Trial] = set()
    most = 0

    class Watched(mutants.Trial):
        def __init__(self, *said: Any) -> None:
            nonlocal most
            super().__init__(*said)
            under_way.add(self)
            most = max(most, len(under_way))

        def end(self) -> None:
            super().end()
            under_way.discard(self)

    monkeypatch.setattr(mutants, "Trial", Watched)
    assert not mutants.run_mutants("toy", jobs=1)
    assert most == 1
    assert not mutants.run_mutants("toy", jobs=2)
    assert most == 2


def test_a_score_is_of_a_whole_list_however_often_it_was_begun(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mutants.PAGE.write_text(f"{mutants.BEGIN}\n| toy | 9 | 9 |\n{mutants.END}\n")
    mutants.run_mutants("toy", says="doubled", write=True)
    assert "toy: no score, 1 were not tried yet" in capsys.readouterr().out
    assert "| toy |" not in mutants.PAGE.read_text()
    mutants.run_mutants("toy", says="half", write=True)
    assert "| toy | 2 | 1 |" in mutants.PAGE.read_text()


def test_the_test_that_saw_a_fault_comes_first_the_next_time(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = toy / "began"
    first = f"def test_a(): open({str(began)!r}, 'w')\n"
    (toy / "test_toy.py").write_text(TESTS.replace("def test_double", f"{first}def test_double"))
    assert mutants.run_mutants("toy", says="doubled")
    assert began.exists()
    monkeypatch.setattr(mutants, "_controls", lambda *_: [])
    began.unlink()
    assert mutants.run_mutants("toy", says="doubled")
    assert not began.exists()


def test_a_list_that_is_none_is_said_in_a_sentence(toy: Path) -> None:
    with pytest.raises(Problem, match="take one of toy"):
        faults.planned("toys")
    (faults.LISTS / "toy.toml").write_text("[[fault]]\nsaid = 1\n")
    with pytest.raises(Problem, match="no list of faults"):
        faults.planned("toy")


def test_the_page_states_the_floor_of_the_command() -> None:
    assert f"**{mutants.FLOOR} %**" in mutants.PAGE.read_text()
