"""`make pin`, against a registry that wants a token."""

from functools import partial
from pathlib import Path

import pytest
from registry_stand_in import Registry

from sakina_supply import base_images, registry
from sakina_supply.problems import NotReached, Problem
from sakina_supply.reference import Reference

Ask = partial[str]


def everything(root: Path) -> dict[Path, str]:
    return {file: file.read_text() for file in root.rglob("*") if file.is_file()}


def test_what_the_registry_says_is_written_wherever_an_image_is_named(
    root: Path, hub: Registry, ask: Ask
) -> None:
    python = hub.push("library/python", "3.13-slim", "of November")
    postgres = hub.push("library/postgres", "17", "of November")

    changed = base_images.pin(ask, root)

    assert changed == [
        f"python:3.13-slim: unpinned → {python}",
        f"postgres:17: unpinned → {postgres}",
    ]
    texts = {file.name: text for file, text in everything(root).items()}
    assert texts["images.lock"] == (
        f"# What is said of the lock stays.\npython:3.13-slim {python}\npostgres:17 {postgres}\n"
    )
    assert texts["Dockerfile"].startswith(
        f"ARG PYTHON_IMAGE=python:3.13-slim@{python}\nFROM ${{PYTHON_IMAGE}}"
    )
    assert "COPY postgres:17-notes ." in texts["Dockerfile"]
    assert f"${{SAKINA_POSTGRES_IMAGE:-postgres:17@{postgres}}}\n" in texts["docker-compose.yml"]
    assert f'"${{SAKINA_PYTHON_IMAGE:-python:3.13-slim@{python}}}"' in texts["docker-compose.yml"]
    assert "image: sakina-auth:local\n" in texts["docker-compose.yml"]
    assert f"- image: postgres:17@{postgres}\n" in texts["job.yaml"]
    assert base_images.astray(root) == []


def test_a_tag_that_was_moved_moves_the_digest_and_one_that_was_not_stays(
    root: Path, hub: Registry, ask: Ask
) -> None:
    hub.push("library/python", "3.13-slim", "of November")
    old = hub.push("library/postgres", "17", "of November")
    base_images.pin(ask, root)
    before = everything(root)
    assert base_images.pin(ask, root) == []
    assert everything(root) == before

    new = hub.push("library/postgres", "17", "of December")
    assert base_images.pin(ask, root) == [f"postgres:17: {old} → {new}"]
    assert not [text for text in everything(root).values() if old in text]
    assert base_images.astray(root) == []


def test_a_token_is_asked_for_the_image_alone(root: Path, hub: Registry, ask: Ask) -> None:
    hub.push("library/python", "3.13-slim", "one")
    hub.push("library/postgres", "17", "another")
    base_images.pin(ask, root)
    assert hub.scopes == [
        "service=stand-in&scope=repository%3Alibrary%2Fpython%3Apull",
        "service=stand-in&scope=repository%3Alibrary%2Fpostgres%3Apull",
    ]


def test_nothing_is_written_where_one_of_them_is_not_known(
    root: Path, hub: Registry, ask: Ask
) -> None:
    hub.push("library/python", "3.13-slim", "of November")
    before = everything(root)
    with pytest.raises(Problem, match=r"postgres:17: 127\.0\.0\.1:\d+ does not know it\."):
        base_images.pin(ask, root)
    assert everything(root) == before


def test_bytes_that_are_not_what_the_registry_says_are_refused(
    root: Path, hub: Registry, ask: Ask
) -> None:
    hub.push("library/python", "3.13-slim", "of November")
    hub.push("library/postgres", "17", "of November")
    hub.lies.add("/v2/library/postgres/manifests/17")
    before = everything(root)
    with pytest.raises(Problem, match="is not what it says"):
        base_images.pin(ask, root)
    assert everything(root) == before


def test_a_registry_that_does_not_answer_was_not_reached(
    root: Path, hub: Registry, ask: Ask
) -> None:
    hub.broken = True
    before = everything(root)
    with pytest.raises(NotReached, match="was not reached"):
        base_images.pin(ask, root)
    assert everything(root) == before


@pytest.mark.parametrize("page", [b"<html>log in first</html>", b"[]", b'{"message": "hello"}'])
def test_a_page_of_whoever_stands_in_between_is_no_image(
    root: Path, hub: Registry, ask: Ask, page: bytes
) -> None:
    hub.push("library/postgres", "17", "of November")
    hub.manifests["/v2/library/python/manifests/3.13-slim"] = page
    before = everything(root)
    with pytest.raises(Problem, match=r"python:3\.13-slim: what 127.* sent is no manifest\."):
        base_images.pin(ask, root)
    hub.token = page
    with pytest.raises(Problem, match=r"gave is no token\.|does not know it\."):
        base_images.pin(ask, root)
    assert everything(root) == before


@pytest.mark.parametrize(
    "mirror",
    [
        "nonsense",
        "registry.example.org",
        "registry.example.org:5000",
        "file:///etc",
        "ftp://registry.example.org",
        "https://",
        "https://[registry",
        "https://registry.example.org:port",
        "https://registry example.org",
        "https://registrý.example.org",
        "https://registry.example.org/?x=1",
    ],
)
def test_a_mirror_that_is_no_url_is_told_in_a_line(mirror: str) -> None:
    python = Reference.parse("python:3.13-slim")
    with pytest.raises(Problem, match=r"^MIRROR is .*: give the URL of a registry") as refused:
        registry.digest(python, mirror)
    assert not isinstance(refused.value, NotReached)


def test_a_file_that_names_another_image_than_the_lock_is_told(root: Path) -> None:
    assert base_images.astray(root) == []
    job = root / "deploy" / "kubernetes" / "base" / "job.yaml"
    job.write_text(f"spec: {{image: postgres:17@sha256:{'0' * 64}}}\nimageName: some/other:2\n")
    assert base_images.astray(root) == [
        f"deploy/kubernetes/base/job.yaml names postgres:17@sha256:{'0' * 64}, "
        "deploy/images.lock has postgres:17: run make pin.",
        "deploy/kubernetes/base/job.yaml names some/other:2, "
        "deploy/images.lock has no line for it: run make pin.",
    ]


def test_an_image_that_nobody_names_any_more_is_told(root: Path) -> None:
    with (root / base_images.LOCK).open("a") as lock:
        lock.write("redis:7 unpinned\n")
    assert base_images.astray(root) == ["deploy/images.lock has redis:7, which no file names."]


@pytest.mark.parametrize("line", ["python", "python unpinned", "python:3 sha256:12", "a:1 b c"])
def test_a_line_of_the_lock_that_says_nothing_is_told_by_its_number(root: Path, line: str) -> None:
    (root / base_images.LOCK).write_text(f"# first\n{line}\n")
    with pytest.raises(Problem, match=r"deploy/images\.lock:2: not name:tag and"):
        base_images.locked(root)


@pytest.mark.parametrize(
    ("text", "host", "repository"),
    [
        ("postgres:17", "registry-1.docker.io", "library/postgres"),
        ("bitnami/redis:7.2", "registry-1.docker.io", "bitnami/redis"),
        ("ghcr.io/cloudnative-pg/postgresql:17", "ghcr.io", "cloudnative-pg/postgresql"),
        ("127.0.0.1/own:1", "127.0.0.1", "library/own"),
    ],
)
def test_where_an_image_is_kept(text: str, host: str, repository: str) -> None:
    image = Reference.parse(text)
    assert (image.host, image.repository, str(image)) == (host, repository, text)


def test_the_projects_own_files_name_what_its_lock_says() -> None:
    assert base_images.astray() == []
    assert {"python:3.13-slim", "postgres:17"} <= base_images.locked().keys()
