"""Dumps of this machine's system: deploy/backup on its server, and the keys that go with them."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from sakina_local.addresses import SUPERUSER, PostgresAddress
from sakina_local.checkout import ROOT
from sakina_local.dump_keys import DumpKeys
from sakina_local.home import Home
from sakina_local.ports import free_ports
from sakina_local.postgres import Postgres, binaries
from sakina_local.problems import Problem
from sakina_local.supervisor import DATABASE

SCRIPTS = ROOT / "deploy" / "backup"
FOLDER = ROOT / "backups"


def back_up(home: Home, folder: Path, keep: int | None = None) -> str:
    """Write a dump of the database, and the keys, into `folder`, whether the system runs or not.

    `SAKINA_BACKUP_KEY_FILE` and `SAKINA_BACKUP_KEEP` are the scripts' own.

    Args:
        home: Whose.
        folder: Is made where it is missing.
        keep: How many dumps stay, from 1 to 9999; None leaves it to `SAKINA_BACKUP_KEEP`.

    Returns:
        What was written, in a sentence.

    Raises:
        Problem: Nothing is there to be kept, or the dump could not be made; none of before is gone.
    """
    if not (home.folder / "postgres" / "data").exists():
        raise Problem(f"{home.folder} holds no database: run make up first.")
    with _server(home) as address:
        said = _run(
            "backup.sh",
            folder,
            "--keys",
            address=address,
            said=DumpKeys.of(home).packed(),
            settings={"SAKINA_BACKUP_KEEP": str(keep)} if keep else {},
        )
    return said.decode().strip()


def restore(home: Home, file: Path) -> str:
    """Put the dump `file` in the place of an empty database, and the keys beside it back.

    The broker's data goes, since its messages are of another moment: what followers may be without
    is published again once the system is up.

    Returns:
        What was restored, in a sentence.

    Raises:
        Problem: The system runs, or its database is not empty, or the dump or the keys beside it
            are not whole or not Sakina's, or their key is another one: nothing was changed.
    """
    home.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    home.refuse_anothers()
    if home.holder() is not None:
        raise Problem("Sakina is running from this checkout: stop it with make down first.")
    beside = keys_beside(file)
    keys = DumpKeys.read(_run("keys.sh", beside), beside) if beside else None
    with _server(home) as address:
        address.apply_roles()
        said = _run("restore.sh", file, address=address).decode().strip()
        address.make_database(DATABASE)
        home.publish_again.touch()
        shutil.rmtree(home.folder / "rabbitmq" / "data", ignore_errors=True)
        if keys:
            keys.put_back(home)
    whose = f"those of {beside.name}" if beside else "as they were here"
    return f"{said}; the keys are {whose}. Now make up."


def keys_beside(dump: Path) -> Path | None:
    """Return the file of keys that goes with `dump`: its own, else the newest before it."""
    if not dump.parent.is_dir():
        return None
    name = os.fsdecode(_run("keys.sh", "--beside", dump)).strip()
    return dump.parent / name if name else None


@contextmanager
def _server(home: Home) -> Iterator[PostgresAddress]:
    """Have the server of `home`: the one that runs, or else one that ends with the block."""
    roles = home.secrets().roles
    folder = home.folder / "postgres"
    if home.holder() is not None:
        port = int((folder / "data" / "postmaster.pid").read_text().splitlines()[3])
        yield Postgres(folder, port, roles).address
        return
    with home.locked():
        home.prepare()
        server = Postgres(folder, free_ports(1)[0], roles, log=home.log("postgres"))
        server.start()
        try:
            yield server.address
        finally:
            server.stop()


def _run(
    script: str,
    *words: Path | str,
    address: PostgresAddress | None = None,
    said: bytes = b"",
    settings: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Return what `script` writes.

    Raises:
        Problem: It failed; the sentence is its own.
    """
    done = subprocess.run(  # noqa: S603
        ["bash", SCRIPTS / script, *words],  # noqa: S607
        env={**_environment(address), **settings},
        input=said,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said_last = done.stderr.decode(errors="replace").strip().splitlines()
        raise Problem(said_last[-1] if said_last else f"{script} ended with {done.returncode}")
    return done.stdout


def _environment(address: PostgresAddress | None) -> Mapping[str, str]:
    own = {
        "SAKINA_RELEASE": version("sakina-local"),
        "SAKINA_RESTORE_ASIDE": "rename the folder .sakina",
        "PATH": f"{binaries()}:{os.environ.get('PATH', os.defpath)}",
    }
    if address:
        own |= {
            "PGHOST": address.host,
            "PGPORT": str(address.port),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": address.passwords[SUPERUSER],
            "SAKINA_DATABASE": DATABASE,
        }
    return {**os.environ, **own}
