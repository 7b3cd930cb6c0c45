"""A commit as something that runs: this checkout, or a worktree with its own .venv."""

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sakina_local.checkout import ROOT
from sakina_local.problems import Problem


@dataclass(frozen=True)
class Checkout:
    """The files of one commit.

    Attributes:
        root: Its folder.
        commit: What git calls it, in short, with a + where files differ from it.
    """

    root: Path
    commit: str

    @property
    def python(self) -> Path:
        """The interpreter that its packages are installed for."""
        return self.root / ".venv" / "bin" / "python"


def this_checkout() -> Checkout:
    """Return the checkout that this package is of."""
    edited = "+" if _git("status", "--porcelain", "--untracked-files=no") else ""
    return Checkout(ROOT, _git("rev-parse", "--short=7", "HEAD") + edited)


@contextmanager
def checked_out(commit: str) -> Iterator[Checkout]:
    """Have `commit` in a worktree, ready to run, for as long as the context lasts.

    Raises:
        Problem: git knows no such commit, or what it pins cannot be installed.
    """
    try:
        short = _git("rev-parse", "--short=7", "--verify", f"{commit}^{{commit}}")
    except Problem:
        raise Problem(f"BASE is {commit}: name a commit that git knows.") from None
    folder = Path(tempfile.mkdtemp(prefix="sakina-bench-"))
    folder.chmod(0o711)  # the user that runs PostgreSQL passes through
    made = Checkout(folder / "checkout", short)
    try:
        _git("worktree", "add", "--detach", "--quiet", str(made.root), short)
        _install(made)
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _git("worktree", "prune")


def _install(made: Checkout) -> None:
    """Give it a .venv: a copy of ours, then whatever it pins otherwise.

    Installing everything anew takes a minute or two, and most commits pin nearly the same.
    """
    _run(sys.executable, "-m", "venv", "--without-pip", made.root / ".venv")
    ours, its = Path(sysconfig.get_path("purelib")), Path()
    its = made.root / ".venv" / ours.relative_to(ROOT / ".venv")
    shutil.copytree(ours, its, symlinks=True, dirs_exist_ok=True)
    for link in its.glob("*sakina*.pth"):
        link.unlink()
    sources = [
        str(file.parent / "src")
        for where in ("*", "services/*", "deploy/*")
        for file in sorted(made.root.glob(f"{where}/pyproject.toml"))
    ]
    (its / "sakina.pth").write_text("\n".join(sources) + "\n")
    pinned = Path("requirements") / "development.txt"
    if (made.root / pinned).read_bytes() != (ROOT / pinned).read_bytes():
        _run(
            *(sys.executable, "-m", "pip", "--python", made.python, "install", "--quiet"),
            *("--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"),
            *("-r", made.root / pinned),
        )


def _git(*arguments: str) -> str:
    return _run("git", "-C", ROOT, *arguments).strip()


def _run(*command: object) -> str:
    done = subprocess.run(  # noqa: S603
        [*map(str, command)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        why = (done.stderr or done.stdout).strip()
        raise Problem(f"{' '.join(map(str, command))} failed: {why}")
    return done.stdout
