"""Where test servers come from."""

from pathlib import Path

import pytest

from sakina_local import containers, parts
from sakina_local.problems import Problem


@pytest.fixture
def no_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the program docker."""
    monkeypatch.setenv("PATH", str(tmp_path))
    containers.missing.cache_clear()


@pytest.fixture(autouse=True)
def _asked_anew() -> None:
    containers.missing.cache_clear()


def test_local_is_local_whatever_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(parts.FROM, "local")
    assert not parts.from_containers()


@pytest.mark.usefixtures("no_docker")
def test_by_itself_it_takes_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(parts.FROM, raising=False)
    assert not parts.from_containers()


@pytest.mark.usefixtures("no_docker")
def test_containers_that_cannot_be_had_are_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(parts.FROM, "containers")
    with pytest.raises(Problem, match="docker is not installed"):
        parts.from_containers()


def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(parts.FROM, "cloud")
    with pytest.raises(Problem, match="auto, containers or local"):
        parts.from_containers()
