"""What `docker stack deploy` takes, of what Compose makes of its files.

Swarm knows an older and smaller form. What it cannot say is left out, and nothing of it is what
keeps the parts apart: it starts everything at once, so whoever needs another one ends and is
started again until it is there.
"""

from typing import Any

_KNOWN = (
    *("cap_add", "cap_drop", "command", "deploy", "entrypoint", "environment", "healthcheck"),
    *("hostname", "image", "logging", "read_only", "secrets", "stop_grace_period", "user"),
)
_NOTHING = "/dev/null"
_NOWHERE = "nowhere"
"""A closed network: Swarm would give who is in none one that leads out."""


def stack(described: dict[str, Any]) -> dict[str, Any]:
    """Return the stack, as a file of version 3.9 says it.

    Args:
        described: What `docker compose config --format=json` says.
    """
    # Swarm has no empty secret: who has one of them is told of none.
    empty = {name for name, kept in described["secrets"].items() if kept["file"] == _NOTHING}
    return {
        "version": "3.9",
        "services": {name: _service(said, empty) for name, said in described["services"].items()},
        "networks": {
            _NOWHERE: _network({"internal": True}),
            **{name: _network(said or {}) for name, said in described["networks"].items()},
        },
        "volumes": {name: {} for name in described["volumes"]},
        "secrets": {
            name: {"file": kept["file"]}
            for name, kept in described["secrets"].items()
            if name not in empty
        },
    }


def _service(said: dict[str, Any], empty: set[str]) -> dict[str, Any]:
    made = {key: said[key] for key in _KNOWN if said.get(key) is not None}
    if said.get("restart") == "no":
        made["deploy"] = {**made["deploy"], "restart_policy": {"condition": "on-failure"}}
    # Each name leads to whoever runs, as it does in Compose, and not to an address before them.
    made["deploy"] = {**made["deploy"], "endpoint_mode": "dnsrr"}
    limits = made["deploy"]["resources"]["limits"]
    made["deploy"]["resources"]["limits"] = {
        key: value if key == "pids" else str(value) for key, value in limits.items()
    }
    made["secrets"] = [one for one in said.get("secrets", ()) if one["source"] not in empty]
    files = {f"/run/secrets/{name}" for name in empty}
    environment = said.get("environment") or {}
    made["environment"] = {key: to for key, to in environment.items() if to not in files}
    made["volumes"] = [_volume(one) for one in said.get("volumes", ())]
    made["volumes"] += [{"type": "tmpfs", "target": where} for where in said.get("tmpfs", ())]
    # On the node itself: through Swarm's own network every client would seem to be the same one.
    made["ports"] = [
        {"target": one["target"], "published": int(one["published"]), "mode": "host"}
        for one in said.get("ports", ())
    ]
    made["networks"] = said.get("networks") or {_NOWHERE: None}
    return made


def _volume(said: dict[str, Any]) -> dict[str, Any]:
    return {key: said[key] for key in ("type", "source", "target", "read_only") if key in said}


def _network(said: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"driver": "overlay", "internal": bool(said.get("internal"))}
    if said.get("ipam"):
        made["ipam"] = said["ipam"]
    return made
