"""Probes that mean what docs/operations.md calls healthy; nobody goes away all at once."""

import re

import pytest
from rendered import (
    DEPLOY,
    OURS,
    OVERLAYS,
    SERVICES,
    Resource,
    containers,
    named,
    of_kind,
    pod,
)

HANDLED = [*OURS, "traefik"]


def process(overlay: str, name: str) -> Resource:
    (one,) = containers(named(overlay, "Deployment", name))
    return one


def patience(probe: Resource) -> int:
    return int(probe["periodSeconds"] * probe["failureThreshold"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_ready_when_its_image_calls_it_healthy(overlay: str, service: str) -> None:
    probe = process(overlay, service)["readinessProbe"]
    asked = re.findall(r'^  CMD \["python", "-m", "(chassis[^"]+)"\]$', dockerfile(), re.M)
    assert [probe["exec"]["command"][-1]] == asked


def test_a_gateway_is_ready_when_its_image_calls_it_healthy(overlay: str) -> None:
    probe = process(overlay, "gateway")["readinessProbe"]
    asked = re.findall(r'^  CMD \["python", "-m", "(gateway\.[^"]+)"\]$', dockerfile(), re.M)
    assert [probe["exec"]["command"][-1]] == asked


def dockerfile() -> str:
    return (DEPLOY / "Dockerfile").read_text()


@pytest.mark.parametrize("service", SERVICES)
def test_a_broker_that_is_away_for_four_minutes_restarts_no_service(
    overlay: str, service: str
) -> None:
    """A service without its broker is not ready; it comes back by itself when the broker does."""
    one = process(overlay, service)
    assert patience(one["readinessProbe"]) <= 30
    assert patience(one["livenessProbe"]) >= 240


def test_a_gateway_is_not_restarted_for_what_others_lack(overlay: str) -> None:
    one = process(overlay, "gateway")
    assert one["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert one["ports"] == [{"name": "http", "containerPort": 8000}]


@pytest.mark.parametrize("name", HANDLED)
def test_everybody_is_looked_at_twice_and_has_time_to_answer(overlay: str, name: str) -> None:
    one = process(overlay, name)
    for probe in (one["readinessProbe"], one["livenessProbe"]):
        assert probe["timeoutSeconds"] >= 5
        assert probe["failureThreshold"] >= 3
    assert patience(one["livenessProbe"]) > patience(one["readinessProbe"])


@pytest.mark.parametrize("name", HANDLED)
def test_an_old_one_stays_until_a_new_one_is_ready(overlay: str, name: str) -> None:
    strategy = named(overlay, "Deployment", name)["spec"]["strategy"]
    assert strategy["type"] == "RollingUpdate"
    assert strategy["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_whoever_stops_has_time_for_what_is_under_way(overlay: str) -> None:
    """8 s of drain; of what is asked by an address, 5 s first until nobody is sent there."""
    for service in SERVICES:
        assert (
            pod(named(overlay, "Deployment", service))["spec"]["terminationGracePeriodSeconds"]
            >= 20
        )
    for name in ("gateway", "traefik"):
        workload = named(overlay, "Deployment", name)
        (one,) = containers(workload)
        slept = one["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert slept >= 5
        assert pod(workload)["spec"]["terminationGracePeriodSeconds"] >= slept + 15


@pytest.mark.parametrize("name", [*HANDLED, "rabbitmq"])
def test_a_machine_that_is_emptied_takes_one_at_a_time(overlay: str, name: str) -> None:
    budget = named(overlay, "PodDisruptionBudget", name)["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"]["matchLabels"] == {"app.kubernetes.io/name": name}


def test_in_production_a_service_is_as_many_as_its_queue_asks_for() -> None:
    scaled = {one["metadata"]["name"]: one for one in of_kind("production", "ScaledObject")}
    assert scaled.keys() == set(SERVICES)
    for name, one in scaled.items():
        spec = one["spec"]
        assert spec["scaleTargetRef"] == {"name": name}
        assert 2 <= spec["minReplicaCount"] < spec["maxReplicaCount"]
        (trigger,) = spec["triggers"]
        assert trigger["metadata"]["queueName"] == f"rpc-{name}"
        asked = named("production", "TriggerAuthentication", trigger["authenticationRef"]["name"])
        (parameter,) = asked["spec"]["secretTargetRef"]
        assert parameter == {"parameter": "host", "name": name, "key": "sakina_broker_url"}


def test_nobody_else_says_how_many_there_are_where_that_goes_by_load() -> None:
    scaled = {
        one["spec"]["scaleTargetRef"]["name"]
        for one in of_kind("production", "ScaledObject", "HorizontalPodAutoscaler")
    }
    assert scaled == set(OURS)
    for name in scaled:
        assert "replicas" not in named("production", "Deployment", name)["spec"]
        assert named("small", "Deployment", name)["spec"]["replicas"] == 1


def test_the_database_takes_all_connections_of_a_roll_at_the_most() -> None:
    """Each instance takes 12, of notify 14 (docs/operations.md), and twice that during a roll."""
    each = {"auth": 12, "practice": 12, "khatma": 12, "notify": 14}
    for overlay in OVERLAYS:
        most = {
            one["metadata"]["name"]: one["spec"]["maxReplicaCount"]
            for one in of_kind(overlay, "ScaledObject")
        }
        asked = sum(2 * most.get(name, 1) * count for name, count in each.items())
        parameters = named(overlay, "Cluster", "postgres")["spec"]["postgresql"]["parameters"]
        assert asked < int(parameters["max_connections"]), overlay


def test_in_production_what_remembers_is_on_three_machines() -> None:
    database = named("production", "Cluster", "postgres")["spec"]
    assert database["instances"] == 3
    assert database["affinity"]["podAntiAffinityType"] == "required"
    assert database["postgresql"]["synchronous"]["number"] == 1
    broker = named("production", "RabbitmqCluster", "rabbitmq")["spec"]
    assert broker["replicas"] == 3
    assert "requiredDuringSchedulingIgnoredDuringExecution" in broker["affinity"]["podAntiAffinity"]
