"""What the overlays come to, as kubectl composes them."""

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = ("small", "production")
SERVICES = ("auth", "practice", "khatma", "notify")
OURS = ("gateway", *SERVICES)

Resource = dict[str, Any]


def kubectl() -> str | None:
    return shutil.which("kubectl")


@cache
def rendered(overlay: str) -> list[Resource]:
    """Every resource of an overlay."""
    done = subprocess.run(
        ["kubectl", "kustomize", KUBERNETES / "overlays" / overlay],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def of_kind(overlay: str, *kinds: str) -> list[Resource]:
    return [one for one in rendered(overlay) if one["kind"] in kinds]


def named(overlay: str, kind: str, name: str) -> Resource:
    (found,) = (one for one in of_kind(overlay, kind) if one["metadata"]["name"] == name)
    return found


def workloads(overlay: str) -> list[Resource]:
    """What makes pods that we write ourselves."""
    return of_kind(overlay, "Deployment", "Job", "CronJob", "StatefulSet", "DaemonSet", "Pod")


def pod(workload: Resource) -> Resource:
    template: Resource = workload["spec"]["template"]
    return template


def containers(workload: Resource) -> list[Resource]:
    spec = pod(workload)["spec"]
    return [*spec["containers"], *spec.get("initContainers", [])]


def images(overlay: str) -> Iterator[str]:
    for workload in workloads(overlay):
        yield from (each["image"] for each in containers(workload))


@cache
def compose() -> Resource:
    """The containers' own description, its references resolved and its variables as they are."""
    text = (DEPLOY / "docker-compose.yml").read_text()
    loaded: Resource = yaml.safe_load(text)
    return loaded
