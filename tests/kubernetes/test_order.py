"""What is done in which order, by a kubectl that only notes what it is asked."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from rendered import KUBERNETES, SERVICES, rendered

NOTES = """#!/usr/bin/env bash
# Composes with the real one; of the rest it notes what it was asked.
if [ "$1" = kustomize ]; then exec REAL "$@"; fi
echo "$*" >>"$NOTES"
case "$*" in
  *"exec --stdin"*) cat >>"$NOTES.imported" ;;
  *"get secret rabbitmq-users --output jsonpath"*) echo -n "$USERS" | base64 ;;
  *"get secret"*) [ "$MISSING" != "$5" ] ;;
  *"get jobs"*stage=database*) echo "database ${DATABASE-SuccessCriteriaMet Complete}" ;;
  *"get jobs"*) for job in auth practice; do echo "$job-migrations ${MIGRATED-Complete}"; done ;;
  *wait*rabbitmqcluster*) exit "${BROKER-0}" ;;
esac
"""


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    real = shutil.which("kubectl")
    assert real
    (folder / "kubectl").write_text(NOTES.replace("REAL", real))
    (folder / "kubectl").chmod(0o755)
    return folder


def apply(bin_folder: Path, **told: str) -> tuple[int, list[str], str]:
    """Run apply.sh; return its status, what kubectl was asked in order, and what it said."""
    notes = bin_folder / "notes"
    done = subprocess.run(
        ["bash", KUBERNETES / "apply.sh", KUBERNETES / "overlays" / "small"],
        env={
            **os.environ,
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "NOTES": str(notes),
            "USERS": '{"users": []}',
            "MISSING": "",
            **told,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, notes.read_text().splitlines(), done.stderr


def position(asked: list[str], *words: str) -> int:
    (found,) = (number for number, line in enumerate(asked) if all(word in line for word in words))
    return found


def test_migrations_are_through_before_a_process_is_replaced(bin_folder: Path) -> None:
    status, asked, said = apply(bin_folder)
    assert status == 0, said
    order = [
        position(asked, "apply", "stage=foundation"),
        position(asked, "wait cluster.postgresql.cnpg.io/postgres", "Ready"),
        position(asked, "wait rabbitmqcluster.rabbitmq.com/rabbitmq", "AllReplicasReady"),
        position(asked, "delete job", "stage=database"),
        position(asked, "apply", "stage=database"),
        position(asked, "get jobs", "stage=database"),
        position(asked, "delete job", "stage=migrations"),
        position(asked, "apply", "stage=migrations"),
        position(asked, "get jobs", "stage=migrations"),
        position(asked, "apply", "stage=services"),
        position(asked, "--namespace sakina rollout status"),
        position(asked, "--namespace sakina-edge rollout status"),
    ]
    assert order == sorted(order)


def test_the_broker_is_handed_users_and_then_permissions_before_anybody_new(
    bin_folder: Path,
) -> None:
    _, asked, _ = apply(bin_folder)
    imported = [number for number, line in enumerate(asked) if "exec --stdin" in line]
    assert len(imported) == 2
    assert max(imported) < position(asked, "apply", "stage=services")
    text = (bin_folder / "notes.imported").read_text()
    definitions = (KUBERNETES.parent / "rabbitmq" / "definitions.json").read_text()
    assert text == f'{{"users": []}}{definitions}'


@pytest.mark.parametrize(
    ("told", "failed", "never"),
    [
        ({"MIGRATED": "FailureTarget Failed"}, "auth-migrations practice-migrations", "services"),
        ({"DATABASE": "Failed"}, "database", "migrations"),
    ],
)
def test_a_job_that_fails_ends_it_and_nothing_after_it_is_touched(
    bin_folder: Path, told: dict[str, str], failed: str, never: str
) -> None:
    status, asked, said = apply(bin_folder, **told)
    assert status == 1
    assert f"failed, and nothing after it was changed: {failed}\n" in said
    assert not [line for line in asked if f"stage={never}" in line]
    assert [line for line in asked if line.startswith("--namespace sakina logs")]


def test_a_job_that_does_not_end_ends_it(bin_folder: Path) -> None:
    status, asked, said = apply(bin_folder, MIGRATED="", SAKINA_PATIENCE="1")
    assert status == 1
    assert "not done within 1 s: auth-migrations" in said
    assert not [line for line in asked if "stage=services" in line]


def test_a_broker_that_does_not_come_ends_it(bin_folder: Path) -> None:
    status, asked, _ = apply(bin_folder, BROKER="1")
    assert status == 1
    assert not [line for line in asked if "stage=database" in line]


def test_without_secrets_nothing_is_begun(bin_folder: Path) -> None:
    status, asked, said = apply(bin_folder, MISSING="postgres-roles")
    assert status == 1
    assert "there is no Secret postgres-roles: deploy/kubernetes/secrets.sh" in said
    assert not [line for line in asked if line.startswith("apply")]


def test_each_turn_has_what_it_is_for(overlay: str) -> None:
    turns: dict[str, set[str]] = {}
    for one in rendered(overlay):
        stage = one["metadata"]["labels"]["sakina.app/stage"]
        turns.setdefault(stage, set()).add(f"{one['kind']} {one['metadata']['name']}")
    assert {"Namespace sakina", "Cluster postgres", "RabbitmqCluster rabbitmq"} <= turns[
        "foundation"
    ]
    assert {"Job database"} <= turns["database"]
    assert turns["migrations"] == {f"Job {service}-migrations" for service in SERVICES}
    assert not [each for each in turns["services"] if each.startswith("Job ")]
    assert json.dumps(sorted(turns)) == json.dumps(
        ["database", "foundation", "migrations", "services"]
    )


def test_a_job_is_tried_again_and_does_not_wait_for_ever(overlay: str) -> None:
    for one in rendered(overlay):
        if one["kind"] == "Job":
            assert one["spec"]["backoffLimit"] == 3
            assert one["spec"]["activeDeadlineSeconds"] <= 900
            assert one["spec"]["template"]["spec"]["restartPolicy"] == "Never"
