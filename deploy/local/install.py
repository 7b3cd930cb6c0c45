"""Makes `.venv` and installs what requirements/development.txt pins, then our own packages.

Runs on a bare python3 with its standard library, and installs for the Python that runs it: a
`.venv` of another one, as after an upgrade of Python or with another PYTHON=, is made anew. When
nothing changed since the last time, it returns at once.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements" / "development.txt"
PACKAGES = sorted(
    file.parent
    for where in ("*", "services/*", "deploy/*", "examples/*")
    for file in ROOT.glob(f"{where}/pyproject.toml")
)
STAMP = VENV / "sakina.installed"
MOST_PIPS = 4
"""One keeps one processor busy, by unpacking and compiling; none touches another's files."""


def main() -> int:
    """Install what is missing; 0 when everything is there."""
    if sys.version_info < (3, 11):  # noqa: UP036  whatever python3 is here runs this
        return _fail(
            f"Python {sys.version.split()[0]} is too old: install Python 3.11 or later, "
            "and name it if it is not python3, for example make PYTHON=python3.12 up."
        )
    wanted = _fingerprint()
    if _installed(wanted):
        return 0
    # Two makes at once: the second one waits, and finds everything done.
    with (ROOT / "requirements").joinpath("development.txt").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if _installed(wanted):
            return 0
        try:
            _make_venv()
            _install_locked()
            _install_ours()
        except subprocess.CalledProcessError as failure:
            return _fail(
                f"Installing failed at: {' '.join(map(str, failure.cmd))}\n"
                f"{(failure.stderr or failure.stdout or '').strip()[-2000:]}\n"
                "Look at the lines above; when the network is back, run make again."
            )
    STAMP.write_text(wanted)
    _say("installed")
    return 0


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in (LOCK, *(package / "pyproject.toml" for package in PACKAGES)):
        digest.update(file.read_bytes())
    return f"{digest.hexdigest()} {ROOT}"


def _installed(wanted: str) -> bool:
    return STAMP.exists() and STAMP.read_text() == wanted and _is_of_this_python()


def _is_of_this_python() -> bool:
    """Return whether .venv was made by the Python that runs this, and still has it."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        return False
    noted = {
        key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)
    }
    minor = noted.get("version", "").split(".")[:2]
    return (
        minor == [str(number) for number in sys.version_info[:2]]
        and noted.get("home") == str(Path(_base_python()).parent)
        and (VENV / "bin" / "python").exists()
    )


def _base_python() -> str:
    # Not the one in an activated .venv, which could not be cleared beneath itself.
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _make_venv() -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415
    except ImportError:
        _install_venv_package()
    if not ((VENV / "bin" / "pip").exists() and _is_of_this_python()):
        _say(f"making {VENV} with Python {sys.version.split()[0]}")
        _run(_base_python(), "-m", "venv", "--clear", VENV)
    STAMP.unlink(missing_ok=True)


def _install_venv_package() -> None:
    apt = shutil.which("apt-get")
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or not apt:
        sys.exit(_fail(f"Python cannot make virtual environments: install the package {package}."))
    _say(f"installing {package}, which is missing")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    _run(apt, "-qq", "update")
    _run(apt, "-qq", "install", "--yes", "--no-install-recommends", package)


def _install_locked() -> None:
    """Install what the lock file pins, which is complete: a share of it by each of some pips."""
    pins = re.findall(r"^\w.*(?:\n .*)*\n", LOCK.read_text(), re.MULTILINE)
    _say(f"installing {len(pins)} pinned packages")
    progress = Progress(len(pins))
    # pip itself comes first: none of them may lose its own files while it runs.
    own = [pin for pin in pins if pin.startswith("pip==")]
    others = [pin for pin in pins if pin not in own]
    pips = min(os.cpu_count() or 1, MOST_PIPS)
    _install_shares([own], progress)
    _install_shares([others[number::pips] for number in range(pips)], progress)
    progress.end()


def _install_shares(shares: list[list[str]], progress: "Progress") -> None:
    with tempfile.TemporaryDirectory(prefix="sakina-install-") as made:
        files = [Path(made) / f"{number}.txt" for number in range(len(shares))]
        for file, share in zip(files, shares, strict=True):
            file.write_text("".join(share))
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda file: _install_share(file, progress), files))


def _install_share(share: Path, progress: "Progress") -> None:
    command = [
        *(str(VENV / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"),
        *("--progress-bar", "off", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
        *("-r", str(share)),
    ]
    lines = []
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout or ():
            lines.append(line)
            if line.startswith(("Collecting", "Requirement already")):
                progress.step()
    if pip.returncode:
        raise subprocess.CalledProcessError(pip.returncode, command, "".join(lines))


class Progress:
    """A line on a terminal that counts up to `total`; elsewhere nothing is said."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._lock = Lock()

    def step(self) -> None:
        """Count one more."""
        with self._lock:
            self._done += 1
            self._write(f"\r  {self._done} of {self._total}\033[K")

    def end(self) -> None:
        """Leave the line."""
        self._write("\n")

    def _write(self, text: str) -> None:
        if sys.stdout.isatty():
            sys.stdout.write(text)
            sys.stdout.flush()


def _install_ours() -> None:
    _say("installing the packages of this repository, editable")
    editable = [word for package in PACKAGES for word in ("--editable", package)]
    _run(
        *(VENV / "bin" / "python", "-m", "pip", "install", "--quiet"),
        *("--disable-pip-version-check", "--no-deps", "--no-index", "--no-build-isolation"),
        *editable,
    )


def _run(*command: object) -> None:
    subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)  # noqa: S603


def _say(line: str) -> None:
    sys.stdout.write(f"· {line}\n")
    sys.stdout.flush()


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
