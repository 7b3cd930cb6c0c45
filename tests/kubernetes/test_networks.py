"""Who talks to whom: the networks of the containers, the users of the broker, and nobody else."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from rendered import DEPLOY, OURS, SERVICES, compose, of_kind, pod, workloads

Peer = dict[str, Any]
DATABASE, BROKER, HTTP, FIGURES = 5432, 5672, 8000, 9100


@dataclass(frozen=True)
class Pod:
    """A pod as a policy sees it."""

    name: str
    namespace: str
    labels: frozenset[tuple[str, str]]


def pods(overlay: str) -> dict[str, Pod]:
    found = {
        one["metadata"]["name"]: Pod(
            one["metadata"]["name"],
            one["metadata"]["namespace"],
            frozenset(pod(one)["metadata"]["labels"].items()),
        )
        for one in workloads(overlay)
    }
    # Those of the operators, by the labels that these give them.
    for name, labels in {
        "postgres": {"cnpg.io/cluster": "postgres"},
        "rabbitmq": {
            "app.kubernetes.io/name": "rabbitmq",
            "app.kubernetes.io/component": "rabbitmq",
        },
    }.items():
        found[name] = Pod(name, "sakina", frozenset(labels.items()))
    return found


def selected(selector: dict[str, Any], labels: frozenset[tuple[str, str]]) -> bool:
    assert not set(selector) - {"matchLabels"}
    return set(selector.get("matchLabels", {}).items()) <= labels


def is_peer(peer: Peer, policy_namespace: str, other: Pod) -> bool:
    if "ipBlock" in peer:
        return False  # of pods we know the labels alone: addresses are for those outside
    wanted = peer.get("namespaceSelector")
    at_home = other.namespace == policy_namespace
    there = frozenset({("kubernetes.io/metadata.name", other.namespace)})
    in_namespace = selected(wanted, there) if wanted is not None else at_home
    return in_namespace and selected(peer.get("podSelector", {}), other.labels)


def opens(rule: dict[str, Any], side: str, namespace: str, other: Pod, port: int) -> bool:
    ports = rule.get("ports", [])
    if ports and not any(
        each["protocol"] == "TCP" and each["port"] <= port <= each.get("endPort", each["port"])
        for each in ports
    ):
        return False
    return side not in rule or any(is_peer(peer, namespace, other) for peer in rule[side])


def may(overlay: str, source: Pod, target: Pod, port: int) -> bool:
    """Whether policies let `source` open a connection to `port` of `target`, on both sides."""
    return _lets(overlay, "Egress", source, target, port) and _lets(
        overlay, "Ingress", target, source, port
    )


def _lets(overlay: str, way: str, own: Pod, other: Pod, port: int) -> bool:
    ruling = [
        one
        for one in of_kind(overlay, "NetworkPolicy")
        if one["metadata"]["namespace"] == own.namespace
        and way in one["spec"]["policyTypes"]
        and selected(one["spec"]["podSelector"], own.labels)
    ]
    assert ruling, f"no policy holds {own.name}"
    key, side = ("egress", "to") if way == "Egress" else ("ingress", "from")
    return any(
        opens(rule, side, own.namespace, other, port)
        for one in ruling
        for rule in one["spec"].get(key, [])
    )


def talkers(overlay: str, port: int, target: str) -> set[str]:
    everybody = pods(overlay)
    return {
        name
        for name, one in everybody.items()
        if name != target and may(overlay, one, everybody[target], port)
    }


def holding(kind: str) -> set[str]:
    """The containers of Compose that are given a URL of that kind among their secrets."""
    return {
        name
        for name, service in compose()["services"].items()
        for secret in service.get("secrets", [])
        if isinstance(secret, dict) and re.search(kind, secret["source"])
    }


def test_whoever_has_a_url_of_the_broker_reaches_it_and_nobody_else(overlay: str) -> None:
    assert talkers(overlay, BROKER, "rabbitmq") == holding("_broker_url$") == set(OURS)


def test_those_are_the_users_whom_the_broker_knows(overlay: str) -> None:
    told = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text())
    assert talkers(overlay, BROKER, "rabbitmq") == {each["user"] for each in told["permissions"]}


def test_whoever_has_a_url_of_the_database_reaches_it_and_nobody_else(overlay: str) -> None:
    migrations = {f"{service}-migrations" for service in SERVICES}
    assert holding("_(database|owner)_url$") == {*SERVICES, *migrations}
    # The job `database` has the server's own socket in Compose, and none here.
    assert talkers(overlay, DATABASE, "postgres") == {*SERVICES, *migrations, "database"}


def test_traefik_alone_reaches_the_gateway_and_nothing_else_of_ours(overlay: str) -> None:
    assert talkers(overlay, HTTP, "gateway") == {"traefik"}
    everybody = pods(overlay)
    for name, one in everybody.items():
        for port in (DATABASE, BROKER, 15672, HTTP):
            if (name, port) != ("gateway", HTTP):
                assert not may(overlay, everybody["traefik"], one, port), (name, port)


def test_nobody_talks_who_shares_no_network_in_compose(overlay: str) -> None:
    networks = {
        name: set(service.get("networks", [])) - {"edge", "outgoing"}
        for name, service in compose()["services"].items()
    }
    networks["database"] = networks["postgres"]  # it has the server's socket
    everybody = pods(overlay)
    for source in everybody.values():
        for target in everybody.values():
            for port in (DATABASE, BROKER, HTTP, 8080, 15672, 25672):
                if source != target and may(overlay, source, target, port):
                    shared = networks[source.name] & networks[target.name]
                    assert shared or target.name == "traefik", (source.name, target.name, port)


@pytest.mark.parametrize("namespace", ["sakina", "sakina-edge"])
def test_what_no_policy_names_is_closed(overlay: str, namespace: str) -> None:
    closed = [
        one
        for one in of_kind(overlay, "NetworkPolicy")
        if one["metadata"]["namespace"] == namespace and one["metadata"]["name"] == "nothing"
    ]
    (spec,) = (one["spec"] for one in closed)
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_notify_alone_has_a_way_out_and_to_public_addresses_alone(overlay: str) -> None:
    outside = Pod("somebody", "elsewhere", frozenset())
    ways = [
        (one, rule)
        for one in of_kind(overlay, "NetworkPolicy")
        for rule in one["spec"].get("egress", [])
        for peer in rule.get("to", [])
        if "ipBlock" in peer
    ]
    for one, _ in ways:
        assert one["spec"]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "notify"}
    (spec,) = {json.dumps(one["spec"]["egress"]) for one, _ in ways}
    blocks = [peer["ipBlock"] for rule in json.loads(spec) for peer in rule["to"]]
    (four,) = (block for block in blocks if block["cidr"] == "0.0.0.0/0")
    private = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"}
    assert private | {"100.64.0.0/10"} <= set(four["except"])
    (six,) = (block for block in blocks if block is not four)
    assert six == {"cidr": "2000::/3"}, "private addresses are fc00::/7 and fe80::/10"
    for name, one in pods(overlay).items():
        if name in OURS:
            assert not _lets(overlay, "Egress", one, outside, 443), name


def test_nodes_of_the_broker_reach_one_another_with_streams_too(overlay: str) -> None:
    broker = pods(overlay)["rabbitmq"]
    for port in (4369, 6000, 6500, 25672, 35672):
        assert may(overlay, broker, broker, port), port
    database = pods(overlay)["postgres"]
    assert may(overlay, database, database, DATABASE)
    assert not may(overlay, database, broker, BROKER)


def test_the_clusters_prometheus_alone_asks_for_figures_and_for_nothing_else(overlay: str) -> None:
    label = ("app.kubernetes.io/name", "prometheus")
    prometheus = Pod("prometheus", "monitoring", frozenset({label}))
    everybody = pods(overlay)
    asked = {name for name, one in everybody.items() if _asked(overlay, one, prometheus, FIGURES)}
    assert asked == set(OURS)
    for one in everybody.values():
        for port in (DATABASE, BROKER, HTTP, 15672):
            assert not _asked(overlay, one, prometheus, port), (one.name, port)
    strangers = [
        *everybody.values(),
        Pod("prometheus", "sakina", frozenset({label})),
        Pod("prometheus", "elsewhere", frozenset({label})),
        Pod("grafana", "monitoring", frozenset({("app.kubernetes.io/name", "grafana")})),
    ]
    for one in strangers:
        for name in OURS:
            assert not _asked(overlay, everybody[name], one, FIGURES), (one.name, name)


def _asked(overlay: str, own: Pod, other: Pod, port: int) -> bool:
    """Whether `own` lets `other` in, which is no pod of ours: what holds that one is not here."""
    return _lets(overlay, "Ingress", own, other, port)
