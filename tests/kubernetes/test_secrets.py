"""Every Secret that is referred to is made of the files of `make secrets`."""

import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rendered import KUBERNETES, OURS, SERVICES, Resource, named, of_kind, pod, workloads

from sakina_stack import secret_files

SCRIPT = KUBERNETES / "secrets.sh"
Secrets = dict[str, dict[str, str]]


def printed(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", SCRIPT],
        env={**os.environ, "SAKINA_SECRETS": str(folder), "KUBECONFIG": os.devnull, **more},
        capture_output=True,
        text=True,
        check=False,
    )


def read(manifests: str) -> list[Resource]:
    return [one for one in yaml.safe_load_all(manifests) if one]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make secrets` writes, and a certificate."""
    made = tmp_path_factory.mktemp("deploy")
    secret_files.create(made / ".env", made / "secrets")
    for name in ("tls_certificate", "tls_key"):
        (made / "secrets" / name).write_text(f"{name}\n")
    return made / "secrets"


@pytest.fixture(scope="module")
def manifests(folder: Path) -> list[Resource]:
    done = printed(folder, SAKINA_TLS=str(folder))
    assert done.returncode == 0, done.stderr
    return read(done.stdout)


@pytest.fixture(scope="module")
def secrets(manifests: list[Resource]) -> Secrets:
    return unpacked(manifests)


def unpacked(manifests: list[Resource]) -> Secrets:
    """What each Secret holds, by its name."""
    return {
        one["metadata"]["name"]: {
            key: base64.b64decode(value).decode() for key, value in one["data"].items()
        }
        for one in manifests
    }


def referred(overlay: str) -> Iterator[tuple[str, str | None]]:
    """Each Secret that something refers to, and the key where one is named."""
    for workload in workloads(overlay):
        spec = pod(workload)["spec"]
        for volume in spec["volumes"]:
            if "secret" in volume:
                yield volume["secret"]["secretName"], None
        for container in spec["containers"]:
            for variable in container.get("env", []):
                if "valueFrom" in variable:
                    reference = variable["valueFrom"]["secretKeyRef"]
                    yield reference["name"], reference["key"]
    yield named(overlay, "Cluster", "postgres")["spec"]["superuserSecret"]["name"], "username"
    yield named(overlay, "Cluster", "postgres")["spec"]["superuserSecret"]["name"], "password"
    broker = named(overlay, "RabbitmqCluster", "rabbitmq")["spec"]
    template = broker["override"]["statefulSet"]["spec"]["template"]["spec"]
    (mounts,) = (each["volumeMounts"] for each in template["containers"])
    keys = {mount["name"]: mount["subPath"] for mount in mounts}
    for volume in template["volumes"]:
        if "secret" in volume:
            yield volume["secret"]["secretName"], keys[volume["name"]]
    for trigger in of_kind(overlay, "TriggerAuthentication"):
        for target in trigger["spec"]["secretTargetRef"]:
            yield target["name"], target["key"]
    for route in of_kind(overlay, "IngressRoute"):
        if "tls" in route["spec"]:
            yield route["spec"]["tls"]["secretName"], "tls.crt"
            yield route["spec"]["tls"]["secretName"], "tls.key"


def test_whatever_is_referred_to_is_there(overlay: str, secrets: Secrets) -> None:
    for name, key in referred(overlay):
        assert name in secrets
        assert key is None or key in secrets[name], name


def test_no_secret_is_made_that_nothing_reads(secrets: Secrets) -> None:
    assert {name for name, _ in referred("production")} == secrets.keys()


def test_each_process_is_given_its_own_and_nobody_elses(overlay: str, secrets: Secrets) -> None:
    for name in OURS:
        (deployment,) = (one for one in workloads(overlay) if one["metadata"]["name"] == name)
        given = {
            volume["secret"]["secretName"]
            for volume in pod(deployment)["spec"]["volumes"]
            if "secret" in volume
        }
        assert given == {name, *(["auth-signing"] if name == "auth" else [])}
    for service in SERVICES:
        assert f"//{service}_app:" in secrets[service]["sakina_database_url"]
        assert f"//{service}:" in secrets[service]["sakina_broker_url"]
        assert f"//{service}_owner:" in secrets[f"{service}-owner"]["sakina_database_url"]


def test_what_is_mounted_is_called_as_processes_read_it(secrets: Secrets) -> None:
    """Settings are files of /run/secrets with the names of their variables."""
    assert secrets["gateway"].keys() == {"sakina_broker_url", "sakina_fingerprint_key"}
    assert secrets["auth"].keys() == {"sakina_broker_url", "sakina_database_url"}
    assert all(name.endswith(".pem") for name in secrets["auth-signing"])
    assert secrets["postgres-roles"].keys() == {"postgres_roles"}


def test_addresses_are_whole_so_that_another_namespace_finds_them(secrets: Secrets) -> None:
    assert "@rabbitmq.sakina.svc:5672/sakina" in secrets["khatma"]["sakina_broker_url"]
    assert "@postgres.sakina.svc:5432/sakina" in secrets["khatma"]["sakina_database_url"]


def test_passwords_are_those_of_the_files(folder: Path, secrets: Secrets) -> None:
    superuser = secrets["postgres-superuser"]
    assert superuser["username"] == "postgres"
    assert superuser["password"] == (folder / "postgres_password").read_text()
    assert (
        secrets["rabbitmq-users"]["10-users.json"] == (folder / "rabbitmq_users.json").read_text()
    )


def test_each_is_where_it_is_read(manifests: list[Resource]) -> None:
    for one in manifests:
        edge = one["metadata"]["name"] == "sakina-tls"
        assert one["metadata"]["namespace"] == ("sakina-edge" if edge else "sakina")


def test_the_database_reads_a_changed_one_anew(manifests: list[Resource]) -> None:
    for one in manifests:
        assert one["metadata"]["labels"]["cnpg.io/reload"] == "true"


def test_without_a_certificate_there_is_none(folder: Path) -> None:
    names = [one["metadata"]["name"] for one in read(printed(folder).stdout)]
    assert "gateway" in names
    assert "sakina-tls" not in names


def test_without_secrets_it_says_what_to_do(tmp_path: Path) -> None:
    done = printed(tmp_path / "nowhere")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "has no secrets: run make secrets" in done.stderr
