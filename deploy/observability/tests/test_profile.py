"""The profile `observability` of the stack: confined as the rest is, and in reach of every process.

What the engine makes of it, only an engine with the images can say.
"""

from typing import Any

import pytest
import yaml

from contracts.catalogue import SERVICES
from sakina_local.checkout import ROOT

DEPLOY = ROOT / "deploy"
STACK: dict[str, Any] = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text())
PROFILE = {
    name: said
    for name, said in STACK["services"].items()
    if "observability" in said.get("profiles", [])
}
PROCESSES = ("gateway", *SERVICES)
of_each = pytest.mark.parametrize("name", PROFILE)


def test_it_is_there() -> None:
    assert set(PROFILE) == {"prometheus", "grafana", "collector", "tempo", "postgres-exporter"}


@of_each
def test_what_looks_on_is_confined(name: str) -> None:
    said = PROFILE[name]
    assert said["read_only"]
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert said["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert said["restart"] == "unless-stopped"
    assert ":" in said["image"], "a release, not the newest"


@of_each
def test_what_it_reads_is_in_the_checkout(name: str) -> None:
    for volume in PROFILE[name]["volumes"]:
        if isinstance(volume, dict) and volume["type"] == "bind":
            assert (DEPLOY / volume["source"]).is_dir()
            assert volume["read_only"]


@of_each
def test_its_ports_are_for_this_host_alone(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in PROFILE[name].get("ports", []))


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_says_its_figures_to_who_shares_its_network(process: str) -> None:
    said = STACK["services"][process]
    assert said["environment"]["SAKINA_METRICS_PORT"] == "9100"
    assert said["environment"]["SAKINA_METRICS_HOST"] == "0.0.0.0"
    assert process in said["networks"]
    assert process in PROFILE["prometheus"]["networks"]


def test_processes_share_networks_with_none_of_the_others_by_way_of_it() -> None:
    """Each keeps a network of its own: a common one would let each reach every other."""
    for network in ("figures", "observability"):
        members = {
            name for name, said in STACK["services"].items() if network in said.get("networks", [])
        }
        assert members <= set(PROFILE), network
    assert STACK["networks"]["figures"]["internal"]


def test_only_what_people_look_at_has_a_way_out() -> None:
    out = {name for name, said in PROFILE.items() if "observability" in said["networks"]}
    assert out == {"prometheus", "grafana"}


def test_the_collector_hands_on_to_the_store_that_grafana_asks() -> None:
    collector = yaml.safe_load((DEPLOY / "observability/collector/collector.yml").read_text())
    tempo = yaml.safe_load((DEPLOY / "observability/tempo/tempo.yml").read_text())
    sources = yaml.safe_load(
        (DEPLOY / "observability/grafana/provisioning/datasources/sources.yml").read_text()
    )["datasources"]
    host, _, port = collector["exporters"]["otlp"]["endpoint"].partition(":")
    taken = tempo["distributor"]["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"]
    assert (host, port) == ("tempo", taken.partition(":")[2])
    urls = {source["uid"]: source["url"] for source in sources}
    assert urls["tempo"] == f"http://tempo:{tempo['server']['http_listen_port']}"
    for pipeline in collector["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= set(collector[kind])
