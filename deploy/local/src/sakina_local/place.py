"""Where a system lives, and what each of its processes is told of that."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contracts.catalogue import SERVICES
from sakina_local import marks
from sakina_local.addresses import Parts
from sakina_local.ports import LOOPBACK, free_ports
from sakina_stack import signing_key

GATEWAY = "gateway"
NAMES = (*SERVICES, GATEWAY)

NO_LIMIT = {"SAKINA_SIGNUP_RATE": "0", "SAKINA_LOGIN_RATE": "0"}
"""One machine is one address, where test suites make their accounts; who wants a rate sets it."""
TO_LOOPBACK = {"SAKINA_WEBHOOKS_TO_LOOPBACK": "1"}
"""Where else would a developer's endpoint be? notify warns of it when it starts."""
_NO = {"0", "false", "f", "no", "n", "off"}
"""What pydantic, by which notify reads its settings, takes for no."""


def where_webhooks_lead(environment: Mapping[str, str]) -> str:
    """Return in a sentence where webhooks may lead by the environment of notify's process."""
    if environment["SAKINA_WEBHOOKS_TO_LOOPBACK"].lower() in _NO:
        return "lead to public addresses alone, as in production"
    return "may lead to this machine, as for development alone"


def metrics_ports() -> dict[str, int]:
    """Return a free port for the figures of each process."""
    return dict(zip(NAMES, free_ports(len(NAMES)), strict=True))


@dataclass(frozen=True)
class Place:
    """Where a system lives.

    Attributes:
        folder: Its processes carry this folder's mark.
        parts: The servers that it uses.
        database: Its database.
        vhost: Its virtual host.
        port: The gateway's, on the loopback.
        keys: Folder of the signing keys.
        fingerprint_key: The gateway's secret for fingerprints of bodies.
        log: Gives the log of a process by its name.
        settings: Further settings of every process, which win over the others.
        metrics: For each process the port of its figures, on the loopback.
    """

    folder: Path
    parts: Parts = field(repr=False)
    database: str
    vhost: str
    port: int
    keys: Path
    fingerprint_key: str = field(repr=False)
    log: Callable[[str], Path]
    settings: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, int] = field(default_factory=metrics_ports)

    @classmethod
    def in_folder(
        cls, folder: Path, parts: Parts, database: str, vhost: str, settings: Mapping[str, str]
    ) -> "Place":
        """Return a place whose keys, made here, and logs are in its own folder."""
        signing_key.make(folder)
        return cls(
            folder=folder,
            parts=parts,
            database=database,
            vhost=vhost,
            port=free_ports(1)[0],
            keys=folder,
            fingerprint_key=secrets.token_urlsafe(32),
            log=lambda name: folder / f"{name}.log",
            settings=settings,
        )

    @property
    def url(self) -> str:
        """The gateway's address."""
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of the process `name`."""
        inherited = {key: value for key, value in os.environ.items() if key.startswith("SAKINA_")}
        own = {
            "SAKINA_BROKER_URL": self.parts.broker.url(name, self.vhost),
            "SAKINA_METRICS_PORT": str(self.metrics[name]),
        }
        if name == GATEWAY:
            own |= {
                "SAKINA_PUBLIC_URL": self.url,
                "SAKINA_HOST": LOOPBACK,
                "SAKINA_PORT": str(self.port),
                "SAKINA_FINGERPRINT_KEY": self.fingerprint_key,
            }
        else:
            own["SAKINA_DATABASE_URL"] = self.parts.postgres.url(f"{name}_app", self.database)
        if name == "auth":
            own["SAKINA_SIGNING_KEYS"] = str(self.keys)
        return {**self._common(), **NO_LIMIT, **TO_LOOPBACK, **inherited, **own, **self.settings}

    def migration_environment(self) -> dict[str, str]:
        """Return the environment of the migrations of all services."""
        urls = {
            f"SAKINA_{service.upper()}_DATABASE_URL": self.parts.postgres.url(
                f"{service}_owner", self.database
            )
            for service in SERVICES
        }
        return {**self._common(), **urls}

    def _common(self) -> dict[str, str]:
        return {
            **marks.environment(self.folder),
            "PYTHONUNBUFFERED": "1",
            "PYTHONSAFEPATH": "1",
            "LC_ALL": "C.UTF-8",
        }
