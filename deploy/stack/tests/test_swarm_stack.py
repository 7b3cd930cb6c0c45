"""What Swarm is given of what Compose has: what keeps parts apart, and nothing unknown."""

from typing import Any

from sakina_stack import swarm_stack

DESCRIBED: dict[str, Any] = {
    "name": "sakina",
    "services": {
        "gateway": {
            "image": "sakina-gateway:local",
            "build": {"context": "."},
            "cap_drop": ["ALL"],
            "read_only": True,
            "restart": "unless-stopped",
            "tmpfs": ["/tmp"],
            "depends_on": {"rabbitmq": {"condition": "service_healthy"}},
            "networks": {"gateway": None},
            "ports": [{"target": 8080, "published": "80", "host_ip": "0.0.0.0", "mode": "ingress"}],
            "secrets": [{"source": "gateway_broker_url", "target": "sakina_broker_url"}],
            "deploy": {
                "replicas": 2,
                "resources": {"limits": {"cpus": 1, "memory": "5", "pids": 64}},
            },
        },
        "backup": {
            "image": "postgres:17",
            "restart": "no",
            "network_mode": "none",
            "environment": {"KEY_FILE": "/run/secrets/backup_key", "KEEP": "7"},
            "secrets": [{"source": "backup_key", "target": "/run/secrets/backup_key"}],
            "volumes": [
                {
                    "type": "bind",
                    "source": "/b",
                    "target": "/s",
                    "read_only": True,
                    "bind": {"x": 1},
                }
            ],
            "deploy": {"resources": {"limits": {"memory": "5"}}},
        },
    },
    "networks": {
        "gateway": {"internal": True, "driver_opts": {"com.docker.network.bridge.x": "y"}},
        "edge": {},
    },
    "volumes": {"postgres-data": {"name": "sakina_postgres-data"}},
    "secrets": {
        "gateway_broker_url": {"name": "n", "file": "/secrets/gateway_broker_url"},
        "backup_key": {"name": "n", "file": "/dev/null"},
    },
}
MADE = swarm_stack.stack(DESCRIBED)


def test_a_service_stays_confined_and_limited() -> None:
    gateway = MADE["services"]["gateway"]
    assert (gateway["cap_drop"], gateway["read_only"]) == (["ALL"], True)
    assert gateway["volumes"] == [{"type": "tmpfs", "target": "/tmp"}]
    assert gateway["deploy"] == {
        "replicas": 2,
        "endpoint_mode": "dnsrr",
        "resources": {"limits": {"cpus": "1", "memory": "5", "pids": 64}},
    }
    assert gateway["secrets"] == DESCRIBED["services"]["gateway"]["secrets"]


def test_clients_reach_the_port_of_the_node_itself() -> None:
    (port,) = MADE["services"]["gateway"]["ports"]
    assert port == {"target": 8080, "published": 80, "mode": "host"}


def test_a_job_is_done_once_and_tried_until_it_is() -> None:
    assert MADE["services"]["backup"]["deploy"]["restart_policy"] == {"condition": "on-failure"}
    assert "restart_policy" not in MADE["services"]["gateway"]["deploy"]


def test_closed_networks_stay_closed() -> None:
    assert MADE["networks"]["gateway"] == {"driver": "overlay", "internal": True}
    assert MADE["networks"]["edge"] == {"driver": "overlay", "internal": False}


def test_who_is_in_no_network_is_in_one_that_leads_nowhere() -> None:
    (name,) = MADE["services"]["backup"]["networks"]
    assert MADE["networks"][name]["internal"]
    assert MADE["services"]["gateway"]["networks"] == {"gateway": None}


def test_no_secret_is_empty_and_nobody_is_told_of_one() -> None:
    assert set(MADE["secrets"]) == {"gateway_broker_url"}
    backup = MADE["services"]["backup"]
    assert (backup["secrets"], backup["environment"]) == ([], {"KEEP": "7"})


def test_nothing_is_said_that_swarm_does_not_know() -> None:
    said = {key for one in MADE["services"].values() for key in one}
    assert not said & {"build", "depends_on", "network_mode", "restart", "tmpfs", "security_opt"}
    assert MADE["services"]["backup"]["volumes"] == [
        {"type": "bind", "source": "/b", "target": "/s", "read_only": True}
    ]
