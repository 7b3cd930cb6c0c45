"""What is in an image, and what is not: read inside it, without a network."""

import json
import re
from functools import cache

import pytest
from stack import DEPLOY, OURS, ROOT, SERVICES, Run, docker
from stack import run as command

LOOK = """
import importlib.metadata, importlib.util, json, os, pathlib, re, shutil, sys
root = pathlib.Path(sys.prefix)
print(json.dumps({
    "installed": {
        re.sub("[-_.]+", "-", d.name).lower(): d.version
        for d in importlib.metadata.distributions()
    },
    "importable": [n for n in %(names)r if importlib.util.find_spec(n)],
    "programs": [n for n in %(programs)r if shutil.which(n)],
    "uncompiled": [str(p) for p in root.rglob("*.py")
        if "site-packages" in p.parts
        and not pathlib.Path(importlib.util.cache_from_source(p)).exists()],
    "writable": [str(p) for p in [root, *root.rglob("*")] if os.access(p, os.W_OK)],
    "uid": os.getuid(),
    "version": list(sys.version_info[:2]),
}))
"""
NAMES = [
    *("gateway", *SERVICES, "contracts", "chassis", "person", "sakina_local", "sakina_stack"),
    *("nameko", "eventlet", "sqlalchemy", "psycopg2", "alembic", "fastapi", "uvicorn", "pika"),
    *("argon2", "jwt", "pytest", "pip", "setuptools", "wheel", "ensurepip", "hatchling"),
]
PROGRAMS = ["pip", "pip3", "gcc", "cc", "make", "git", "curl", "wget", "uv"]
MESSAGING = {"contracts", "chassis", "nameko", "eventlet", "sqlalchemy", "psycopg2", "alembic"}
EXPECTED = {
    "gateway": {"gateway", "contracts", "fastapi", "uvicorn", "pika", "jwt"},
    "auth": {"auth", "argon2", "jwt", *MESSAGING},
    **{service: {service, "person", *MESSAGING} for service in SERVICES if service != "auth"},
}


@cache
def look(image: str) -> dict[str, object]:
    code = LOOK % {"names": NAMES, "programs": PROGRAMS}
    said = docker("run", "--rm", "--network=none", "--read-only", image, "python", "-c", code)
    found: dict[str, object] = json.loads(said)
    return found


@pytest.fixture
def image(run: Run, name: str) -> str:
    """That image, as this run built it."""
    return run.image(name)


@pytest.fixture(params=OURS)
def name(request: pytest.FixtureRequest) -> str:
    """A name of an image that the stack is made from."""
    return str(request.param)


def test_it_holds_what_it_declares_and_nobody_elses_code(name: str, image: str) -> None:
    assert set(look(image)["importable"]) == EXPECTED[name]


def test_it_holds_the_versions_of_its_lock(name: str, image: str) -> None:
    lock = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    pinned = dict(line.split(" ")[0].split("==") for line in lock if "==" in line)
    installed = look(image)["installed"]
    others = {
        package: version
        for package, version in installed.items()
        if not package.startswith("sakina-") and package.split("[")[0] not in pinned
    }
    assert not others, "not in the lock"
    assert {p: v for p, v in installed.items() if p in pinned and pinned[p] != v} == {}


def test_nothing_in_it_builds_installs_or_fetches(image: str) -> None:
    assert look(image)["programs"] == []


def test_it_is_compiled_and_nothing_in_it_can_be_changed(image: str) -> None:
    found = look(image)
    assert found["uncompiled"] == []
    assert found["writable"] == []
    assert found["uid"] == 10001
    assert found["version"] == [3, 13]


def test_it_says_how_it_is_run(name: str, image: str) -> None:
    (image,) = json.loads(docker("image", "inspect", image))
    config = image["Config"]
    assert config["User"] == "10001:10001"
    assert config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"][0] == "CMD"
    minute = 60 * 10**9
    assert config["Healthcheck"]["StartPeriod"] == minute, "a busy machine starts slowly, and well"
    assert config["Cmd"] == ["python", "-m", name]
    assert config["Labels"]["org.opencontainers.image.title"] == f"sakina-{name}"
    assert not [one for one in config["Env"] if "PASSWORD" in one or "SECRET" in one]


def test_an_image_without_settings_says_what_is_missing(image: str) -> None:
    done = command(["docker", "run", "--rm", "--network=none", "--read-only", image])
    assert done.returncode == 1
    (line,) = (done.stdout + done.stderr).strip().splitlines()
    assert "SAKINA_BROKER_URL" in line


def test_no_dockerfile_names_a_registry_of_packages_or_a_secret() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert "https://" not in text
    assert "index-url" not in text
    assert text.count("--require-hashes") == 2
    assert text.count("ARG PYTHON_IMAGE=python:3.13-slim") == 1
    assert re.findall(r"^FROM (\S+) AS (?:wheels|runtime)$", text, re.M) == ["${PYTHON_IMAGE}"] * 2
    assert (DEPLOY.parent / ".dockerignore").read_text().splitlines()[1] == "*"
