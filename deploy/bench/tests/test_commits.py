"""A commit that is not there, a row that is not there: one sentence, before anything starts."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--base", "nonsense"], "BASE is nonsense: name a commit that git knows."),
        (["--only", "login,tea"], "There is no row called tea: take "),
    ],
)
def test_it_says_what_is_not_there(words: list[str], sentence: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sakina_bench", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert sentence in done.stdout
    assert "Traceback" not in done.stderr
