"""What runs in a cluster is what the containers run: images, figures, configuration, rules."""

import re
from copy import deepcopy
from typing import Any

import pytest
import yaml
from rendered import (
    DEPLOY,
    KUBERNETES,
    OURS,
    SERVICES,
    compose,
    containers,
    images,
    named,
    of_kind,
    rendered,
    workloads,
)

VARIABLE = re.compile(r"\$\{\w+(?::-|:\?)([^}]*)\}")


def plain(text: str) -> str:
    """A value of Compose with its variables as they are where nobody says otherwise."""
    return VARIABLE.sub(r"\1", text)


def test_images_are_those_of_the_containers(overlay: str) -> None:
    there = {plain(each["image"]) for each in compose()["services"].values()}
    assert set(images(overlay)) <= there
    assert {f"sakina-{name}:local" for name in OURS} <= set(images(overlay))
    broker = named(overlay, "RabbitmqCluster", "rabbitmq")["spec"]["image"]
    assert broker == plain(compose()["services"]["rabbitmq"]["image"])
    database = named(overlay, "Cluster", "postgres")["spec"]["imageName"]
    major = plain(compose()["services"]["postgres"]["image"]).partition(":")[2].partition("@")[0]
    assert re.fullmatch(rf"ghcr\.io/cloudnative-pg/postgresql:{major}(@sha256:\w+)?", database)


def test_each_container_of_ours_may_have_as_much_as_in_compose(overlay: str) -> None:
    for workload in workloads(overlay):
        name = workload["metadata"]["name"]
        (one,) = containers(workload)
        theirs = compose()["services"][name]["deploy"]["resources"]["limits"]
        assert one["resources"]["limits"]["memory"] == theirs["memory"] + "i", name
        if "cpus" in theirs:
            assert float(one["resources"]["limits"]["cpu"]) == float(theirs["cpus"]), name


def test_each_runs_the_command_that_it_runs_in_compose(overlay: str) -> None:
    for service in SERVICES:
        (job,) = containers(named(overlay, "Job", f"{service}-migrations"))
        assert job["command"] == compose()["services"][f"{service}-migrations"]["command"]
        (process,) = containers(named(overlay, "Deployment", service))
        assert not process.keys() & {"command", "args"}, "the image says it"
    (database,) = containers(named(overlay, "Job", "database"))
    assert database["command"] == compose()["services"]["database"]["entrypoint"]
    (traefik,) = containers(named(overlay, "Deployment", "traefik"))
    assert traefik["args"] == compose()["services"]["traefik"]["command"]


def test_processes_are_told_what_the_containers_are_told() -> None:
    (settings,) = (
        one["data"]
        for one in of_kind("small", "ConfigMap")
        if one["metadata"]["name"].startswith("settings-")
    )
    told: dict[str, str] = {}
    for name in OURS:
        told |= {
            key: plain(value) for key, value in compose()["services"][name]["environment"].items()
        }
    # Files and addresses of each world.
    for key in ("SAKINA_SIGNING_KEYS", "SAKINA_PUBLIC_URL", "SAKINA_TRUSTED_PROXIES"):
        told.pop(key)
    assert {key: settings.get(key) for key in told} == told
    (auth,) = containers(named("small", "Deployment", "auth"))
    assert {"name": "SAKINA_SIGNING_KEYS", "value": "/run/signing"} in auth["env"]
    for name in OURS:
        (one,) = containers(named("small", "Deployment", name))
        assert one["envFrom"][0]["configMapRef"]["name"].startswith("settings-")


def test_a_change_of_a_setting_replaces_the_processes(overlay: str) -> None:
    """The name of what they are told holds its content, so a pod of the old one is another pod."""
    (settings,) = (
        one["metadata"]["name"]
        for one in of_kind(overlay, "ConfigMap")
        if one["metadata"]["name"].startswith("settings-")
    )
    assert re.fullmatch(r"settings-[a-z0-9]{10}", settings)


# The operator itself tells each node who the others are, how many, and to stand still when alone.
OPERATORS_OWN = ("cluster_name", "cluster_formation.", "cluster_partition_handling")


def lines_of(file: str) -> list[str]:
    """What a file of deploy/rabbitmq says, without its comments."""
    said = (DEPLOY / "rabbitmq" / file).read_text().splitlines()
    return [line for line in said if line and not line.startswith("#")]


def test_three_brokers_are_told_what_the_containers_three_are() -> None:
    """Also that requests are replicated, or they would be away with the node that holds them."""
    broker = named("production", "RabbitmqCluster", "rabbitmq")["spec"]
    told = broker["rabbitmq"]["additionalConfig"].splitlines()
    assert "default_queue_type = quorum" in told
    size = "quorum_queue.continuous_membership_reconciliation.target_group_size"
    assert f"{size} = {broker['replicas']}" in told
    alone = named("small", "RabbitmqCluster", "rabbitmq")["spec"]["rabbitmq"]["additionalConfig"]
    assert "queue_type" not in alone, "a single node gains nothing for the price"


def test_the_broker_is_told_what_the_containers_one_is(overlay: str) -> None:
    told = named(overlay, "RabbitmqCluster", "rabbitmq")["spec"]["rabbitmq"]["additionalConfig"]
    theirs = lines_of("rabbitmq.conf")
    if overlay == "production":
        theirs += [line for line in lines_of("cluster.conf") if not line.startswith(OPERATORS_OWN)]
    assert told.splitlines() == theirs
    definitions = named(overlay, "ConfigMap", "rabbitmq-definitions")["data"]
    assert definitions == {"20-sakina.json": (DEPLOY / "rabbitmq" / "definitions.json").read_text()}


def test_the_broker_is_given_its_definitions_file_by_file_users_first(overlay: str) -> None:
    """A folder that Kubernetes mounts holds a folder besides, at which the broker's import ends."""
    broker = named(overlay, "RabbitmqCluster", "rabbitmq")["spec"]
    spec = broker["override"]["statefulSet"]["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    folder = "/etc/rabbitmq/definitions.d"
    assert f"definitions.local.path = {folder}\n" in broker["rabbitmq"]["additionalConfig"]
    assert [(each["mountPath"], each["subPath"]) for each in container["volumeMounts"]] == [
        (f"{folder}/10-users.json", "10-users.json"),
        (f"{folder}/20-sakina.json", "20-sakina.json"),
    ]
    theirs = compose()["services"]["rabbitmq"]
    targets = {each["target"] for each in theirs["secrets"]} | {
        each["target"] for each in theirs["volumes"] if isinstance(each, dict)
    }
    assert {each["mountPath"] for each in container["volumeMounts"]} <= targets


def test_roles_and_schemas_are_made_by_the_same_files(overlay: str) -> None:
    (files,) = (
        one["data"]
        for one in of_kind(overlay, "ConfigMap")
        if one["metadata"]["name"].startswith("database-files")
    )
    for name, text in files.items():
        assert text == (DEPLOY / "postgres" / name).read_text()
    assert set(files) == {"10-roles.sql", "20-schemas.sql", "apply.sh"}


def traefiks_own(path: str) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text())


def test_traefik_is_told_the_same_but_where_its_routes_are() -> None:
    theirs = traefiks_own("traefik/traefik.yml")
    ours = traefiks_own("kubernetes/base/edge/traefik.yml")
    for told in (theirs, ours):
        told.pop("providers")
        told["ping"].pop("manualRouting", None)
    assert ours == theirs


def rules() -> dict[str, Any]:
    """deploy/traefik/dynamic/sakina.yml without TLS, and with nothing in the environment."""
    text = (DEPLOY / "traefik" / "dynamic" / "sakina.yml").read_text()
    text = re.sub(r"\{\{-? if \$tls \}\}websecure\{\{ else \}\}web\{\{ end \}\}", "web", text)
    text = re.sub(r"\{\{-? if \$tls \}\}.*?\{\{-? end \}\}", "", text, flags=re.S)
    text = re.sub(r"\{\{ or \(env \"\w+\"\) \"(\d+)\" \}\}", r"\1", text)
    text = re.sub(r"^\{\{-.*\n", "", text, flags=re.M)
    loaded: dict[str, Any] = yaml.safe_load(text)["http"]
    return loaded


def test_limits_are_those_of_the_containers(overlay: str) -> None:
    ours = {
        one["metadata"]["name"]: deepcopy(one["spec"]) for one in of_kind(overlay, "Middleware")
    }
    ours.pop("to-https", None)
    assert ours["headers"]["headers"].pop("stsSeconds", None) in (None, 31536000)
    assert ours == rules()["middlewares"]
    transport = named(overlay, "ServersTransport", "gateway")["spec"]
    assert transport == rules()["serversTransports"]["gateway"]


def test_routes_are_those_of_the_containers(overlay: str) -> None:
    routes = named(overlay, "IngressRoute", "sakina")["spec"]["routes"]
    ours = {
        (
            route["match"],
            route["priority"],
            tuple(each["name"] for each in route["middlewares"]),
            route["services"][0]["name"],
        )
        for route in routes
    }
    theirs = {
        (router["rule"], router["priority"], tuple(router["middlewares"]), router["service"])
        for name, router in rules()["routers"].items()
        if name != "ping"
    }
    assert ours == theirs
    for route in routes:
        (service,) = route["services"]
        assert (service["port"], service["serversTransport"]) == (8000, "gateway")


def test_in_production_all_is_https_and_plain_http_only_sends_there() -> None:
    route = named("production", "IngressRoute", "sakina")["spec"]
    assert route["entryPoints"] == ["websecure"]
    assert route["tls"] == {"secretName": "sakina-tls", "options": {"name": "sakina"}}
    assert named("production", "TLSOption", "sakina")["spec"]["minVersion"] == "VersionTLS12"
    other = named("production", "IngressRoute", "to-https")["spec"]
    assert other["entryPoints"] == ["web"]
    assert [each["name"] for each in other["routes"][0]["middlewares"]] == ["to-https"]
    ports = named("production", "Service", "traefik")["spec"]["ports"]
    assert {each["port"] for each in ports} == {80, 443}
    strict = named("production", "Middleware", "headers")["spec"]["headers"]
    assert strict["stsSeconds"] == 31536000


def test_every_service_finds_its_pods(overlay: str) -> None:
    labels = [
        set(one["spec"]["template"]["metadata"]["labels"].items()) for one in workloads(overlay)
    ]
    for one in of_kind(overlay, "Service", "PodDisruptionBudget"):
        selector = one["spec"].get("selector", {})
        wanted = set(selector.get("matchLabels", selector).items())
        theirs = {"cnpg.io/cluster", "cnpg.io/instanceRole"} & dict(wanted).keys()
        if wanted and not theirs and one["metadata"]["name"] != "rabbitmq":
            assert any(wanted <= each for each in labels), one["metadata"]["name"]


@pytest.mark.parametrize("file", ["apply.sh", "secrets.sh"])
def test_scripts_can_be_run(file: str) -> None:
    assert (KUBERNETES / file).stat().st_mode & 0o111


def test_every_resource_has_its_turn(overlay: str) -> None:
    stages = {
        one["metadata"].get("labels", {}).get("sakina.app/stage") for one in rendered(overlay)
    }
    assert stages == {"foundation", "database", "migrations", "services"}
