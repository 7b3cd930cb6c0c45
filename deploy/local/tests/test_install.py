"""`.venv` is that of the Python that make was told to use."""

import importlib.util
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from sakina_local.checkout import ROOT

OURS = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", ROOT / "deploy/local/install.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv/sakina.installed")
    return module


@pytest.fixture
def made(install: ModuleType) -> Path:
    """An environment as an earlier run left it."""
    folder: Path = install.VENV
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/pip").touch()
    (folder / "bin/python").symlink_to(sys.executable)
    home = Path(sys._base_executable).parent  # type: ignore[attr-defined]
    (folder / "pyvenv.cfg").write_text(f"home = {home}\nversion = {OURS}.0\n")
    install.STAMP.write_text("wanted")
    return folder


def test_an_environment_of_this_python_is_kept(install: ModuleType, made: Path) -> None:
    assert install._installed("wanted")
    install._make_venv()
    assert (made / "pyvenv.cfg").read_text().endswith(f"version = {OURS}.0\n")


@pytest.mark.parametrize(
    ("ours", "another"),
    [
        (f"version = {OURS}.0", "version = 3.9.18"),  # python3 is another one since an upgrade
        (f"version = {OURS}.0", ""),
        ("home = ", "home = /opt/another"),  # PYTHON= names another one
    ],
)
def test_an_environment_of_another_python_does_not_count(
    install: ModuleType, made: Path, ours: str, another: str
) -> None:
    config = made / "pyvenv.cfg"
    config.write_text(config.read_text().replace(ours, another))
    assert not install._installed("wanted")


def test_an_environment_whose_python_is_gone_does_not_count(
    install: ModuleType, made: Path
) -> None:
    (made / "bin/python").unlink()
    (made / "bin/python").symlink_to("/nowhere/python3")
    assert not install._installed("wanted")


def test_what_does_not_count_is_made_anew(install: ModuleType, made: Path) -> None:
    (made / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.9.18\n")
    install._make_venv()
    said = subprocess.run(
        [made / "bin/python", "-m", "pip", "--version"], capture_output=True, text=True, check=True
    )
    assert f"(python {OURS})" in said.stdout
    assert install._is_of_this_python()


def test_what_a_pip_could_not_have_is_said_by_its_own_words(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = tmp_path / "lock.txt"
    nowhere = f"sakina-nowhere==1.0 \\\n    --hash=sha256:{'0' * 64}\n"
    there = f"pip=={metadata.version('pip')} \\\n    --hash=sha256:{'0' * 64}\n"
    lock.write_text(there + nowhere)
    monkeypatch.setattr(install, "LOCK", lock)
    monkeypatch.setattr(install, "VENV", ROOT / ".venv")
    with pytest.raises(subprocess.CalledProcessError) as raised:
        install._install_locked()
    assert "sakina-nowhere==1.0" in raised.value.output
