"""What `make check` says of a check that failed."""

import threading

import pytest

from sakina_local import checks
from sakina_local.checks import Check
from sakina_local.problems import Problem


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three checks, the middle one of which fails; returns the titles of those that were run."""
    ran: list[str] = []

    def one(title: str, well: bool) -> Check:
        return Check(title, lambda: not ran.append(title) and well, f"repeat {title}")

    made = [one("first", True), one("second one", False), one("third", True)]
    monkeypatch.setattr(checks, "_checks", lambda: made)
    return ran


def test_what_failed_is_named_last_with_the_command_that_repeats_it(
    three: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert not checks.run_checks()
    assert sorted(three) == ["first", "second one", "third"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "✗ second one: repeat second one"


def test_the_others_do_not_wait_for_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    last_is_run = threading.Event()
    made = [
        Check("longest", lambda: last_is_run.wait(30), "repeat longest"),
        Check("second", lambda: True, "repeat second"),
        Check("last", lambda: last_is_run.set() is None, "repeat last"),
    ]
    monkeypatch.setattr(checks, "_checks", lambda: made)
    assert checks.run_checks()


def test_one_check_can_be_run_alone(three: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert checks.run_checks(["third"])
    assert three == ["third"]
    assert "✗" not in capsys.readouterr().out


def test_a_check_that_does_not_exist_is_said_with_those_that_do(three: list[str]) -> None:
    with pytest.raises(Problem, match='called fourth: take "first", "second one"'):
        checks.run_checks(["fourth"])
    assert three == []


def test_every_command_that_repeats_a_check_names_what_is_there() -> None:
    programs = {check.command.split()[0] for check in checks._checks()}
    assert all((checks.ROOT / program).exists() for program in programs), programs


def test_a_check_that_could_not_be_made_is_skipped_and_neither_passed_nor_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nobody_there() -> bool:
        raise checks.LeftOut("nobody was reached")

    made = [Check("asks", nobody_there, "repeat asks")]
    monkeypatch.setattr(checks, "_checks", lambda: made)
    assert checks.run_checks()
    assert capsys.readouterr().out.splitlines() == ["– asks: skipped, nobody was reached"]


@pytest.mark.parametrize(("status", "well"), [(0, True), (1, False), (2, False)])
def test_a_program_does_well_where_it_ends_with_nothing_but_0(status: int, well: bool) -> None:
    assert checks._runs_well("python", "-c", f"raise SystemExit({status})") is well


def test_a_program_that_could_not_find_out_says_why() -> None:
    code = "print('not reached: no network'); raise SystemExit(77)"
    with pytest.raises(checks.LeftOut, match=r"^not reached: no network$"):
        checks._runs_well("python", "-c", code)


def test_what_a_program_says_aloud_is_heard_although_all_is_well(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert checks._runs_well("python", "-c", "print('unpinned: some')", aloud=True)
    assert capsys.readouterr().out == "unpinned: some\n"


def test_without_node_its_checks_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.node, "missing", lambda: "Node.js is missing.")
    with pytest.raises(checks.LeftOut, match=r"Node\.js is missing"):
        checks._asyncapi_is_taken()
