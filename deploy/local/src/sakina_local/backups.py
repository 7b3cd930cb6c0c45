"""Dumps of this machine's system: deploy/backup on its server, and the keys that go with them."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from sakina_local.addresses import SUPERUSER, PostgresAddress
from sakina_local.checkout import ROOT
from sakina_local.home import Home
from sakina_local.ports import free_ports
from sakina_local.postgres import Postgres, binaries
from sakina_local.problems import Problem
from sakina_local.supervisor import DATABASE

SCRIPTS = ROOT / "deploy" / "backup"
FOLDER = ROOT / "backups"
KEYS = "keys"
FINGERPRINT_KEY = "fingerprint_key"


def back_up(home: Home, folder: Path) -> str:
    """Write a dump of the database, and the keys, into `folder`, whether the system runs or not.

    `SAKINA_BACKUP_KEY_FILE` and `SAKINA_BACKUP_KEEP` are the scripts' own.

    Returns:
        What was written, in a sentence.

    Raises:
        Problem: Nothing is there to be kept, or the dump could not be made; none of before is gone.
    """
    if not (home.folder / "postgres" / "data").exists():
        raise Problem(f"{home.folder} holds no database: run make up first.")
    with _server(home) as address:
        said = _run("backup.sh", folder, "--keys", address=address, said=packed(home))
    return said.decode().strip()


def restore(home: Home, file: Path) -> str:
    """Put the dump `file` in the place of an empty database, and the keys beside it back.

    The broker's data goes, since its messages are of another moment: what followers may be without
    is published again once the system is up.

    Returns:
        What was restored, in a sentence.

    Raises:
        Problem: The system runs, or its database is not empty, or the dump is not whole, or its
            key is another one: nothing was changed.
    """
    home.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    home.refuse_anothers()
    if home.holder() is not None:
        raise Problem("Sakina is running from this checkout: stop it with make down first.")
    keys = keys_beside(file)
    kept = _run("keys.sh", keys) if keys else b""
    with _server(home) as address:
        address.apply_roles()
        said = _run("restore.sh", file, address=address).decode().strip()
        address.make_database(DATABASE)
        home.publish_again.touch()
        shutil.rmtree(home.folder / "rabbitmq" / "data", ignore_errors=True)
        unpack(kept, home)
    whose = f"those of {keys.name}" if keys else "as they were here"
    return f"{said}; the keys are {whose}. Now make up."


def keys_beside(dump: Path) -> Path | None:
    """Return the file of keys that goes with `dump`: its own, else the newest before it."""
    stem = dump.name.partition(".")[0]
    files = [*dump.parent.glob("sakina-*.keys.tar*")]
    older = [file for file in files if file.name.partition(".")[0] <= stem]
    return max(older or files, default=None)


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
    script: str, *words: Path | str, address: PostgresAddress | None = None, said: bytes = b""
) -> bytes:
    """Return what `script` writes.

    Raises:
        Problem: It failed; the sentence is its own.
    """
    done = subprocess.run(  # noqa: S603
        ["bash", SCRIPTS / script, *words],  # noqa: S607
        env=_environment(address),
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


def packed(home: Home) -> bytes:
    """Return, as a tar, what tokens and fingerprints of before need; passwords are drawn anew."""
    contents = {f"{KEYS}/{file.name}": file.read_bytes() for file in home.keys.glob("*.pem")}
    contents[FINGERPRINT_KEY] = home.secrets().fingerprint_key.encode()
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


def unpack(said: bytes, home: Home) -> None:
    """Put back what `packed` returned, beside what is there; nothing is nothing."""
    if not said:
        return
    with tarfile.open(fileobj=io.BytesIO(said)) as tar:
        for member in tar.getmembers():
            path = PurePosixPath(member.name)
            content = tar.extractfile(member)
            if content is None:
                continue
            if path.parent == PurePosixPath(KEYS) and path.suffix == ".pem":
                file = home.keys / path.name
                file.touch(mode=0o600)
                file.write_bytes(content.read())
            elif member.name == FINGERPRINT_KEY:
                home.keep_fingerprint_key(content.read().decode())
