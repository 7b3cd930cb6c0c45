"""The folder `.sakina/` of a checkout: data, secrets, keys, logs, and who runs it now."""

import fcntl
import json
import os
import pwd
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sakina_local.addresses import ROLES
from sakina_local.checkout import ROOT
from sakina_local.definitions import USERS
from sakina_local.ports import free_ports, taken
from sakina_local.problems import Problem
from sakina_stack import signing_key


@dataclass(frozen=True)
class Secrets:
    """What was drawn at random for this checkout, once."""

    roles: dict[str, str]
    users: dict[str, str]
    fingerprint_key: str


@dataclass(frozen=True)
class Home:
    """One folder with everything that the local system keeps."""

    folder: Path = ROOT / ".sakina"

    @property
    def logs(self) -> Path:
        """Folder of one log for each process."""
        return self.folder / "logs"

    @property
    def metrics(self) -> Path:
        """Where each process of the running system says its figures, for a Prometheus."""
        return self.folder / "metrics.json"

    @property
    def keys(self) -> Path:
        """Folder of the keys that sign access tokens."""
        return self.folder / "keys"

    def refuse_anothers(self) -> None:
        """See that the folder is this user's: what root leaves in it, its owner cannot use.

        Raises:
            Problem: It belongs to somebody else.
        """
        owner = self.folder.stat().st_uid
        if owner != os.geteuid():
            raise Problem(
                f"{self.folder} belongs to {_user(owner)}, and this is {_user(os.geteuid())}: "
                "run make as that user, or have that user run make clean first."
            )

    def prepare(self) -> None:
        """Make the folders and a signing key unless they are there."""
        # Passed through by the user that runs PostgreSQL, and made by whichever command was first.
        self.folder.mkdir(mode=0o711, exist_ok=True)
        self.folder.chmod(0o711)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        self.keys.mkdir(mode=0o700, exist_ok=True)
        if not any(self.keys.glob("*.pem")):
            signing_key.make(self.keys)

    @property
    def publish_again(self) -> Path:
        """Is there until events of before a restore were published again, with everybody up."""
        return self.folder / "publish-again"

    def secrets(self) -> Secrets:
        """Return this checkout's passwords and keys; what is missing is drawn."""
        file = self.folder / "secrets.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        complete = {
            "roles": {role: secrets.token_urlsafe(24) for role in ROLES} | known.get("roles", {}),
            "users": {user: secrets.token_urlsafe(24) for user in USERS} | known.get("users", {}),
            "fingerprint_key": known.get("fingerprint_key") or secrets.token_urlsafe(32),
        }
        if complete != known:
            self._write_secrets(complete)
        return Secrets(**complete)

    def keep_fingerprint_key(self, key: str) -> None:
        """Take `key` in the place of the one that was drawn."""
        self._write_secrets({**asdict(self.secrets()), "fingerprint_key": key})

    def _write_secrets(self, secrets: Mapping[str, Any]) -> None:
        file = self.folder / "secrets.json"
        unfinished = file.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(secrets, indent=2))
        unfinished.replace(file)

    def log(self, name: str) -> Path:
        """Return an empty log for the process `name`; the one before is kept beside it."""
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(self.logs / f"{name}.previous.log")
        return log

    def broker_ports(self) -> list[int]:
        """Return the ports of AMQP, of Erlang's distribution and of epmd that the broker has.

        It has none before its first start.
        """
        file = self._broker_ports_file
        ports: list[int] = json.loads(file.read_text()) if file.exists() else []
        return ports

    def find_broker_ports(self) -> list[int]:
        """Return ports for a broker that starts now: those of before, which consumers were told.

        Where somebody took one of them meanwhile, three others are drawn.
        """
        known = self.broker_ports()
        if known and not any(map(taken, known)):
            return known
        drawn = free_ports(3)
        self._broker_ports_file.write_text(json.dumps(drawn))
        return drawn

    def note_url(self, url: str | None) -> None:
        """Remember where the system answers now, for the other commands, or that it does not."""
        if url:
            self._url_file.write_text(url)
        else:
            self._url_file.unlink(missing_ok=True)

    def url(self) -> str | None:
        """Return where the system answers now, if it does."""
        return self._url_file.read_text() if self.holder() and self._url_file.exists() else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process; the kernel lets go when the process dies."""
        with self._lock_file.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Problem(
                    f"Sakina is running already from this checkout (process {self.holder()}): "
                    "use it, or stop it with make down."
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def holder(self) -> int | None:
        """Return the id of the process that runs this folder, if any does."""
        try:
            with self._lock_file.open() as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(lock.read() or 0) or None
        except FileNotFoundError:
            pass
        return None

    @property
    def _broker_ports_file(self) -> Path:
        return self.folder / "broker_ports.json"

    @property
    def _url_file(self) -> Path:
        return self.folder / "url"

    @property
    def _lock_file(self) -> Path:
        return self.folder / "lock"


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
