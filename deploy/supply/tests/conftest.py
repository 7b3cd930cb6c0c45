"""A checkout in small, and a registry of images to ask."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from registry_stand_in import Registry, serving
from sakina_supply import base_images, registry

LOCK = """\
# What is said of the lock stays.
python:3.13-slim unpinned
postgres:17 unpinned
"""
DOCKERFILE = """\
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${PYTHON_IMAGE} AS wheels
COPY postgres:17-notes .
"""
COMPOSE = """\
services:
  postgres:
    image: ${SAKINA_POSTGRES_IMAGE:-postgres:17}
  auth:
    image: sakina-auth:local
    build: {args: {PYTHON_IMAGE: "${SAKINA_PYTHON_IMAGE:-python:3.13-slim}"}}
"""
KUBERNETES = """\
spec:
  containers:
    - image: postgres:17
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout that names two images in three files, neither of them pinned."""
    (tmp_path / "deploy" / "kubernetes" / "base").mkdir(parents=True)
    (tmp_path / base_images.LOCK).write_text(LOCK)
    (tmp_path / "deploy" / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "deploy" / "docker-compose.yml").write_text(COMPOSE)
    (tmp_path / "deploy" / "kubernetes" / "base" / "job.yaml").write_text(KUBERNETES)
    return tmp_path


@pytest.fixture
def hub() -> Iterator[Registry]:
    """A registry that holds nothing yet."""
    with serving() as made:
        yield made


@pytest.fixture
def ask(hub: Registry) -> partial[str]:
    """What asks it."""
    return partial(registry.digest, mirror=hub.url)
