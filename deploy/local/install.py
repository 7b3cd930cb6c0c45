"""Makes `.venv` and installs what requirements/development.txt pins, then our own packages.

Runs on a bare python3 with its standard library, and installs for the Python that runs it: a
`.venv` of another one, as after an upgrade of Python or with another PYTHON=, is made anew. When
nothing changed since the last time, it returns at once.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements" / "development.txt"
PACKAGES = sorted(
    file.parent
    for where in ("*", "services/*", "deploy/*", "examples/*")
    for file in ROOT.glob(f"{where}/pyproject.toml")
)
STAMP = VENV / "sakina.installed"


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
    total = sum(line[:1].isalnum() for line in LOCK.read_text().splitlines())
    _say(f"installing {total} pinned packages")
    command = [
        *(str(VENV / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"),
        *("--progress-bar", "off", "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)),
    ]
    lines = []
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout or ():
            lines.append(line)
            done = sum(said.startswith(("Collecting", "Requirement already")) for said in lines)
            if sys.stdout.isatty():
                sys.stdout.write(f"\r  {min(done, total)} of {total}\033[K")
                sys.stdout.flush()
    if sys.stdout.isatty():
        sys.stdout.write("\n")
    if pip.returncode:
        raise subprocess.CalledProcessError(pip.returncode, command, "".join(lines))


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
